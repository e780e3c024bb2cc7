"""What people name by a file, a folder or its place on a hub: a model by its ``config.json``, or a tokenizer."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.models import hub
from fuse_core.models.architectures.architecture import Loaders, architecture_of, load_tokenizer
from fuse_core.models.checkpoint import Checkpoint
from fuse_core.models.entry import Entry
from fuse_core.models.pipeline import checkpoint_at, is_model
from fuse_core.models.tokenizer_files.named import file_entry

log = logging.getLogger(__name__)

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?<!\.json)(?<!\.model)(?<!\.tiktoken)")
LIKE_A_PATH = ("./", "../", "/", "~", ".\\")


def named_entry(name: str) -> Entry | None:
    """The entry of a folder, of a tokenizer's file, or of a repository on a hub; None for a name that is none of these.

    A folder's settings are read; a repository's are fetched once. What has no place here but as a tokenizer is one.

    Raises
    ------
    UserError
        When there is no such folder or repository, or nothing that can be used here in it.
    """
    folder, tokenizer = Path(name).expanduser(), file_entry(name)
    if _is_model(folder, tokenizer is None):
        try:
            return _entry(name, checkpoint_at(name, folder), name, f"folder {name}")
        except UserError as error:
            if tokenizer is None:
                raise
            return replace(tokenizer, refusal=str(error))
    if tokenizer is not None:
        return tokenizer
    if name.startswith(LIKE_A_PATH):
        raise UserError(f"There is no folder '{name}'.", "Check how it is spelled.")
    return _of_hub(name) if HUB_ID.fullmatch(name) else None


def _is_model(folder: Path, any_folder: bool) -> bool:
    """Whether a folder holds a model, or, where any folder will do, is one."""
    try:
        return is_model(folder) or (any_folder and folder.is_dir())
    except OSError:  # too long a name to be one
        return False


@cache
def _of_hub(name: str) -> Entry:
    folder = hub.cached(name, "config") or hub.fetched(name, "config")
    try:
        return _entry(name, checkpoint_at(name, folder), name, f"hub {name}")
    except UserError as error:
        return _plain(name, name, f"hub {name}", {"tokenizer": load_tokenizer}, str(error))


def own_entries() -> list[Entry]:
    """The models in the folders of ``$FUSE_MODELS``; those that cannot be used cost a line in the log."""
    root = Path(os.environ.get("FUSE_MODELS") or os.devnull).expanduser()
    found = []
    for folder in sorted(filter(is_model, root.glob("*"))):
        try:
            found.append(_entry(folder.name, checkpoint_at(folder.name, folder), str(folder), "own"))
        except UserError as error:
            log.warning("%s", error)
    return found


def _entry(key: str, checkpoint: Checkpoint, place: str, origin: str) -> Entry:
    return _plain(key, place, origin, architecture_of(checkpoint.name, checkpoint.config).loaders)


def _plain(key: str, place: str, origin: str, loaders: Loaders, refusal: str = "") -> Entry:
    about = {"title": key, "family": "its own", "licence": "its own", "origin": origin}
    return Entry(key, **about, hub=place, refusal=refusal, **loaders)  # type: ignore[arg-type]
