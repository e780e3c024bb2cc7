"""What a kind of adapter is, and the registry of those there are.

Every kind answers one question: where in the target's embedding space does a source token lie? FUSE (arXiv 2408.04816)
reads a target's gradient ``g`` through the answer: token ``v`` is scored by ``-g . c(v)``, which for a linear map
``c(v) = e(v) M`` is the gradient carried back, ``-(M g) . e(v)``. Kinds that are no linear map are scored alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress
from fuse_core.common.registry import Registry

ROWS = 512  # tokens carried at a time: a kind may hold their similarities to all shared words


@dataclass(frozen=True)
class Carrier:
    """A fitted adapter of some kind.

    Attributes
    ----------
    carry : callable
        Ids of source tokens, shape = (n,), to their places in the target's space, shape = (n, d_tgt).
    bytes : int
        What has to be kept for that, the two models' own tables not counted.
    facts : mapping
        What the fit chose or took, by name: a ridge weight, a number of iterations.
    """

    carry: Callable[[Tensor], Tensor]
    bytes: int
    facts: Mapping[str, float] = field(default_factory=dict)

    def places(self, ids: Tensor, progress: Progress) -> Tensor:
        """``carry`` for many tokens, some hundreds at a time."""
        parts = []
        for done, part in enumerate(ids.split(ROWS)):
            progress(done * ROWS / len(ids), f"Carrying {len(ids):,} tokens")
            parts.append(self.carry(part))
        return torch.cat(parts)


@dataclass(frozen=True)
class AdapterKind:
    """A way to make an adapter for words of one token.

    Attributes
    ----------
    name, label : str
    help : str
        What it does, in a sentence, with its paper.
    formula : tuple of str
        Where it carries a token with the source embedding ``e``, in LaTeX; then what that is made of, line by line.
    fit : callable
        From the words that both models share. Held-out words take no part.
    reads_answer : bool
        Whether it reads the target's embedding of a token's own text, so that held-out words are no test of it.
    reads_layers : bool
        Whether it needs ``SharedWords.features``, which not every source has.
    order : int
        Place among the others.
    """

    name: str
    label: str
    help: str
    formula: tuple[str, ...]
    fit: Callable[[SharedWords, Progress], Carrier]
    reads_answer: bool = False
    reads_layers: bool = False
    order: int = 100


KINDS: Registry[AdapterKind] = Registry("fuse_core.adapter.kinds", "KIND")
