"""The map of a bucket: ``M = A⁺ * B``, or its ridge regression (FUSE, arXiv 2408.04816).

``A`` (n, d_src, l) and ``B`` (n, d_tgt, l) are the bucket's words under both models, stacked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow, row_chunks
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.gcv import best_ridge
from fuse_core.adapter.map import apply_map
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.tensor.solve import tlstsq, tsolve_normal
from fuse_core.words.word_tensors import pad_slots, word_tensor


def solve_map(
    source: Tensor,
    target: Tensor,
    rows: Sequence[BucketRow],
    bucket: tuple[int, int],
    separate: bool,
    ridge: float | Literal["auto"],
) -> tuple[Tensor, float]:
    """The least-squares map of a bucket's words, and its ridge weight.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    bucket : (int, int)
        ``(i, j)``; ``i = 0`` stands for any source length, cut or padded to ``j``.
    separate : bool
        Give the first token channels of its own: ``m = 2 d_src`` rows, else ``m = d_src``.
    ridge : float or 'auto'
        'auto' is generalised cross-validation; 0 the plain pseudoinverse.

    Returns
    -------
    map : Tensor, shape = (m, d_tgt, l)
    weight : float

    Notes
    -----
    From Gram tensors summed over chunks of words, so that ``A`` is never whole in memory. Those of fewer words than
    channels are singular, which would cost a plain pseudoinverse half its digits: it is taken of ``A`` itself.
    """
    if ridge == 0 and len(rows) < source.shape[1] * (1 + separate):
        return _plain(source, target, rows, bucket, separate).to(source.dtype), 0.0
    # The weights of `auto` drown the rounding of float32 products; a weight of 0 would invert it.
    precision = source.dtype if ridge == "auto" else torch.float64
    system = normal_equations(source, target, rows, bucket, separate, precision)
    weight = best_ridge(RidgePath(system, precision)) if ridge == "auto" else float(ridge)
    return tsolve_normal(system.gram, system.cross, weight)[0].to(source.dtype), weight


def _plain(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], separate: bool
) -> Tensor:
    """``A⁺ * B`` of word tensors held whole."""
    i, j = bucket[0] or bucket[1], bucket[1]
    l = max(i, j)
    a = word_tensor(source, [row.source for row in rows], i).double()
    b = word_tensor(target, [row.target for row in rows], j).double()
    return tlstsq(split_first_token(a, l) if separate else pad_slots(a, l), pad_slots(b, l))


def relative_error(source: Tensor, target: Tensor, rows: list[BucketRow], bucket: tuple[int, int], m: Tensor) -> float:
    """``||X * M - Y|| / ||Y||`` over a bucket's words, on the target's own ``j`` slots; NaN without words."""
    if not rows:
        return math.nan
    i, j = bucket
    missed, total = 0.0, 0.0
    for a, b in row_chunks(source, target, rows, i or j, j):
        missed += float((apply_map(a, m, j) - b).double().square().sum())
        total += float(b.double().square().sum())
    return math.sqrt(missed / total)
