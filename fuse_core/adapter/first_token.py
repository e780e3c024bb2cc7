"""Word tensors whose first token has channels of its own.

The first token of a word and those that continue it are different things to a tokenizer (``Ġcat`` and ``cat``,
``cat`` and ``##cat``), but a t-product maps slot ``s`` to slot ``s + k`` alike for every ``s``. Lifting puts the first
token in one group of ``d`` channels and the others in a second, so that one t-product holds a map for each: our
extension of FUSE (arXiv 2408.04816). ``merge_first_token`` is its adjoint and left inverse.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.words.word_tensors import pad_slots


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
        Channels ``0..d-1`` hold the first token in slot 0, channels ``d..2d-1`` the others in their slots.
    """
    padded = pad_slots(x, l)
    first, later = torch.zeros_like(padded), padded.clone()
    first[:, :, 0] = padded[:, :, 0]
    later[:, :, 0] = 0
    return torch.cat([first, later], dim=1)


def merge_first_token(g: Tensor, i: int) -> Tensor:
    """The adjoint of ``split_first_token``: (n, 2 d, l) -> (n, d, i)."""
    first, later = g.chunk(2, dim=1)
    return torch.cat([first[:, :, :1], later[:, :, 1:i]], dim=2)
