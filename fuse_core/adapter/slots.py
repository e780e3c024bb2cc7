"""Slots of a bucket's words as distinct tokens and counts.

Words share tokens: 32,768 words of two tokens have some 5,000 first ones. A sum over words of products of two slots is
then ``E_s^T W E_t`` with the distinct tokens' vectors and the sparse matrix of how often two of them meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.tensor.gram import gram_matrix
from fuse_core.words.word_tensors import token_index


@dataclass(frozen=True)
class Slot:
    """One slot of ``n`` words.

    Attributes
    ----------
    vectors : Tensor, shape = (u, d)
        Embeddings of the distinct tokens, float64.
    token : Tensor, shape = (n,)
        Row of ``vectors`` for every word; -1 where the word has no token in this slot.
    """

    vectors: Tensor
    token: Tensor

    def counts(self) -> Tensor:
        """Words of each distinct token, shape = (u,), float64."""
        return torch.bincount(self.token[self.token >= 0], minlength=len(self.vectors)).double()

    def energy(self) -> float:
        """Sum over words of ``||x||^2``."""
        return float(self.counts() @ self.vectors.square().sum(1))


def slots(table: Tensor, words: Sequence[tuple[int, ...]], l: int) -> list[Slot]:
    """The first ``l`` slots of words given by their ids.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, d)
    """
    found = []
    for ids in token_index(words, l).to(table.device).unbind(1):
        here = ids >= 0
        tokens, position = torch.unique(ids[here], return_inverse=True)
        token = torch.full_like(ids, -1)
        token[here] = position
        found.append(Slot(table[tokens].double(), token))
    return found


def product(a: Slot, b: Slot) -> Tensor:
    """Sum over words of ``x^T y``, the outer products of their vectors in two slots.

    Returns
    -------
    Tensor, shape = (d_a, d_b)
        Float64. ``O(min(u_a, u_b) d_a d_b)``, half of that for a slot with itself.
    """
    if a is b:
        return gram_matrix(a.vectors * a.counts().sqrt().unsqueeze(1))
    both = (a.token >= 0) & (b.token >= 0)
    x, y, meetings = a.vectors, b.vectors, torch.stack([a.token[both], b.token[both]])
    if len(x) > len(y):
        return _through(y, x, meetings.flip(0)).T
    return _through(x, y, meetings)


def _through(x: Tensor, y: Tensor, meetings: Tensor) -> Tensor:
    """``x^T W y`` with the counts of ``meetings`` (2, n), rows of ``x`` and of ``y``, as ``W``."""
    ones = torch.ones(meetings.shape[1], dtype=y.dtype, device=y.device)
    counts = torch.sparse_coo_tensor(meetings, ones, (len(x), len(y)), check_invariants=False)
    return x.T @ torch.sparse.mm(counts, y)
