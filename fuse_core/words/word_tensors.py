"""Words as tensors (n, d, l): their tokens' embeddings along mode 3, zeros after them (FUSE, arXiv 2408.04816)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def split(x: Tensor, lengths: Sequence[int], slots: int | None = None) -> list[Tensor]:
    """Split an embedding sequence into word tensors.

    Parameters
    ----------
    x : Tensor, shape = (tokens, d)
    lengths : sequence of int
        Tokens of each word, in order; they sum to ``tokens``.
    slots : int, optional
        Pad every word with zero slots to this length; default: no padding.

    Returns
    -------
    list of Tensor, shape = (1, d, l)
        One per word: its tokens along mode 3, zeros after them. A padding slot is zero, never an EOS embedding.
    """
    if sum(lengths) != x.shape[0]:
        raise ValueError(f"The words have {sum(lengths)} tokens in all, but x has {x.shape[0]}.")
    pieces = x.split(list(lengths)) if lengths else []
    return [pad_slots(piece.T.unsqueeze(0), slots or piece.shape[0]) for piece in pieces]


def merge(words: Sequence[Tensor], lengths: Sequence[int]) -> Tensor:
    """Exact inverse of ``split``: word tensors (1, d, l) -> (tokens, d), padding dropped."""
    return torch.cat([word[0, :, :n].T for word, n in zip(words, lengths, strict=True)])


def pad_slots(a: Tensor, l: int) -> Tensor:
    """Zero-pad or truncate mode 3 of a tensor (n, d, k) to ``l`` slots."""
    if a.shape[2] >= l:
        return a[:, :, :l]
    return torch.cat([a, a.new_zeros(*a.shape[:2], l - a.shape[2])], dim=2)


def token_index(ids: Sequence[tuple[int, ...]], l: int) -> Tensor:
    """Ids of words as one tensor (n, l), truncated to ``l`` slots; -1 where a word has no token."""
    rows = [(*word[:l], *(-1,) * (l - len(word))) for word in ids]
    return torch.tensor(rows, dtype=torch.long).reshape(len(rows), l)


def word_tensor(table: Tensor, ids: Sequence[tuple[int, ...]], l: int) -> Tensor:
    """Stack words into a tensor (n, d, l), truncated or zero-padded to ``l`` slots.

    A padding slot is zero, so a real token is never mistaken for it.
    """
    index = token_index(ids, l).to(table.device)
    stacked = table[index.clamp_min(0)] * (index >= 0).unsqueeze(-1)  # (n, l, d)
    return stacked.transpose(1, 2)
