"""Models in a menu: what is not here is marked."""

from __future__ import annotations

from fuse_core.models import catalog
from fuse_core.models.entry import TOKENIZER, Entry


def label(entry: Entry) -> str:
    """A model, or a tokenizer alone, by its title."""
    alone = ", no model" if entry.roles == (TOKENIZER,) else ""
    return _marked(f"{entry.title} ({entry.family}{alone})", entry)


def choices(role: str) -> list[tuple[str, str]]:
    """The models that can play a role, by the key that commands and saved runs name them by: what a menu says, key."""
    return [(_marked(entry.key, entry), entry.key) for entry in catalog.entries() if role in entry.roles]


def _marked(name: str, entry: Entry) -> str:
    if entry.present:
        return name
    return f"{name} · {'from a hub' if entry.hub else 'not installed'}"
