"""A map of lower rank at every frequency: less to store, at a known cost in error.

By Kilmer and Martin (2011) the best approximation of a tensor under the t-product is that of its matrices in the
frequency domain (Eckart and Young). What FUSE (arXiv 2408.04816) needs near is not ``M`` but ``A * M``, the words where
they are mapped, so directions are weighed by the words' Gram tensor: reduced-rank regression (Izenman 1975).
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.tensor.frequency import from_frequency, to_frequency


def low_rank(m: Tensor, rank: int, gram: Tensor | None = None) -> Tensor:
    """The map of at most ``rank`` at every frequency that keeps ``A * M`` best, written out in full.

    Parameters
    ----------
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
    rank : int
    gram : Tensor, shape = (m, m, l), optional
        ``A' * A`` of the words; default: the identity, which keeps ``M`` itself best.

    Returns
    -------
    Tensor
        Of the shape and type of ``m``. ``O(m d_tgt (m + d_tgt))`` a frequency.
    """
    matrices = to_frequency(m.double())
    grams = [None] * len(matrices) if gram is None else to_frequency(gram.double())
    kept = []
    for a, g in zip(matrices, grams, strict=True):
        weighed = a.mH @ (a if g is None else g.to(a.dtype) @ a)
        basis = torch.linalg.eigh(weighed)[1][:, -rank:]
        kept.append(a @ basis @ basis.mH)
    return from_frequency(kept, m.shape[2]).to(m.dtype)


def low_rank_numbers(m: Tensor, rank: int) -> int:
    """Real numbers that the factors of ``low_rank`` take: ``rank (rows + columns)`` a slot, but no more than ``m``."""
    rows, columns, l = m.shape
    return min(rank * (rows + columns), rows * columns) * l
