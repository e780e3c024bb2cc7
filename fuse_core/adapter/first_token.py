"""Word tensors whose first token has channels of its own.

The first token of a word and those that continue it are different things to a tokenizer (``Ġcat`` and ``cat``,
``cat`` and ``##cat``), but a t-product maps slot ``s`` to slot ``s + k`` alike for every ``s``. Lifting puts the first
token in one group of ``d`` channels and the others in a second, so that one t-product holds a map for each: our
extension of FUSE (arXiv 2408.04816). ``merge_first_token`` is its adjoint and left inverse.

The second group starts at slot 0, too. A shift of a group along the slots is orthogonal and changes no fit, and so
words of two tokens have all they have in slot 0: at every frequency the same real matrix.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.words.word_tensors import pad_slots


def place(s: int, d: int, separate: bool) -> tuple[slice, int]:
    """Channels and slot of a word's token ``s``: with the first one apart, later tokens move one slot to the front."""
    return (slice(d, 2 * d), s - 1) if separate and s else (slice(0, d), s)


def split_first_token(x: Tensor, l: int) -> Tensor:
    """Give the first token channels of its own.

    Parameters
    ----------
    x : Tensor, shape = (n, d, i)
    l : int
        Slots of the result, at least ``i``.

    Returns
    -------
    Tensor, shape = (n, 2 d, l)
        Channels ``0..d-1`` hold the first token in slot 0, channels ``d..2d-1`` the others in slots ``0..i-2``.
    """
    return torch.cat([pad_slots(x[:, :, :1], l), pad_slots(x[:, :, 1:], l)], dim=1)


def merge_first_token(g: Tensor, i: int) -> Tensor:
    """The adjoint of ``split_first_token``: (n, 2 d, l) -> (n, d, i)."""
    first, later = g.chunk(2, dim=1)
    return torch.cat([first[:, :, :1], later[:, :, : i - 1]], dim=2)
