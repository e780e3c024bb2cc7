"""Whether there is anything to map between two models: from a model to itself the map is the identity."""

from __future__ import annotations

from fuse_core.common.errors import UserError
from fuse_core.models.catalog import entry


def check_distinct(source: str, target: str) -> None:
    """Raise ``UserError`` for one model twice, or for two that read with one embedding table.

    Parameters
    ----------
    source, target : str
        Catalog keys.
    """
    if entry(source).embeddings != entry(target).embeddings:
        return
    both = (
        f"Source and target are both {source}"
        if source == target
        else f"{source} and {target} read with the same embeddings"
    )
    raise UserError(f"{both}: every word is mapped to itself, so there is nothing to fit or compare.", "Choose others.")
