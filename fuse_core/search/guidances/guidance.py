"""What a guidance is, and the registry of those there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fuse_core.common.registry import Registry


@dataclass(frozen=True)
class Guidance:
    """Who proposes what a prompt is changed to; candidates are ranked by their true objective in any case.

    Attributes
    ----------
    name, label, help : str
    space : 'source', 'target' or None
        Where the targets' gradient is read: carried to the source's embedding space, or in the target's own. None asks
        for no gradient of theirs.
    retrieves : bool
        Whether whole words, where a step may append them, are retrieved for the picture.
    blind : bool
        Whether chance takes the place of the language model, too.
    aliases : tuple of str
        Earlier names, still read from files and options.
    order : int
        Place among the others.
    """

    name: str
    label: str
    help: str
    space: Literal["source", "target"] | None = None
    retrieves: bool = False
    blind: bool = False
    aliases: tuple[str, ...] = ()
    order: int = 100


GUIDANCES: Registry[Guidance] = Registry("fuse_core.search.guidances", "GUIDANCE")
