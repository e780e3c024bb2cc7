"""The normal equations of a bucket's least-squares problem ``A * M = B``, summed over its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow, row_chunks


@dataclass(frozen=True)
class NormalEquations:
    """A t-product regression through its Gram tensors.

    Attributes
    ----------
    gram : Tensor, shape = (m, m, l)
        ``A' * A`` (t-transpose) in float64.
    cross : Tensor, shape = (m, p, l)
        ``A' * B`` in float64.
    energy : float
        ``||B||^2``.
    rows : int
        Rows of ``A``.
    """

    gram: Tensor
    cross: Tensor
    energy: float
    rows: int


def normal_equations(
    source: Tensor,
    target: Tensor,
    rows: Sequence[BucketRow],
    bucket: tuple[int, int],
    separate: bool,
    precision: torch.dtype,
) -> NormalEquations:
    """Sum a bucket's normal equations over its words.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    bucket : (int, int)
        ``(i, j)``; ``i = 0`` stands for any source length, cut or padded to ``j``.
    separate : bool
        Give the first token channels of its own (``first_token``): ``m = 2 d_src``, else ``m = d_src``.
    precision : torch.dtype
        Of the products; their sums are float64.

    Notes
    -----
    Made from products of slots, not by FFT, since padding slots are zero: ``(A' * A)`` at lag ``k`` is the sum of
    ``A_s^T A_t`` over ``t - s = k mod l``. ``O(n d_src i (d_src i / 2 + d_tgt j))``.
    """
    i, j = bucket[0] or bucket[1], bucket[1]
    l, d = max(i, j), source.shape[1]
    groups = [1 if separate and s else 0 for s in range(i)]
    width = d * (1 + max(groups))
    gram = torch.zeros(width, width, l, dtype=torch.float64, device=source.device)
    cross = torch.zeros(width, target.shape[1], l, dtype=torch.float64, device=source.device)
    energy = 0.0
    spans = [slice(d * g, d * (g + 1)) for g in groups]
    for a, b in row_chunks(source, target, rows, i, j):
        a, b = a.to(precision), b.to(precision)
        energy += float(b.double().square().sum())
        for s in range(i):
            left = a[:, :, s].T
            for t in range(s, i):
                product = left @ a[:, :, t]
                gram[spans[s], spans[t], (t - s) % l] += product
                if t > s:
                    gram[spans[t], spans[s], (s - t) % l] += product.T
            for t in range(j):
                cross[spans[s], :, (t - s) % l] += left @ b[:, :, t]
    return NormalEquations(gram, cross, energy, len(rows))
