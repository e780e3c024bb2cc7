"""The map of a bucket: ``M = A⁺ * B``, or its ridge regression (FUSE, arXiv 2408.04816).

``A`` (n, d_src, l) and ``B`` (n, d_tgt, l) are the bucket's words under both models, stacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import ROWS_PER_CHUNK, BucketRow, row_chunks
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.gcv import best_ridge
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.common.batch_limit import BatchLimit
from fuse_core.words.word_tensors import pad_slots


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
        'auto' is cross-validation (``best_ridge``); 0 the plain pseudoinverse.

    Returns
    -------
    map : Tensor, shape = (m, d_tgt, l)
    weight : float
    """
    path, weight = regression(source, target, rows, bucket, separate, ridge)
    return map_of(path, weight, source.dtype, max(bucket)), weight


def map_of(path: RidgePath, weight: float, dtype: torch.dtype, l: int) -> Tensor:
    """The map at a ridge weight, of ``l`` slots also where the regression was folded into one."""
    m = path.solution(weight).to(dtype)
    return m.reshape(len(m), -1, l)


def regression(
    source: Tensor,
    target: Tensor,
    rows: Sequence[BucketRow],
    bucket: tuple[int, int],
    separate: bool,
    ridge: float | Literal["auto"],
) -> tuple[RidgePath, float]:
    """The regression that ``solve_map`` solves, decomposed, and its ridge weight.

    Notes
    -----
    From Gram tensors, all in float64. These halve the digits of a small singular value, which matters without a ridge:
    then the singular values of ``A`` itself are taken where it is ill-conditioned or has fewer rows than columns. So
    they are where words are so few that this is quicker.
    """
    width = source.shape[1] * (1 + separate)
    path = None
    if len(rows) >= (width / 2 if ridge else width):
        path = RidgePath.of_normal_equations(normal_equations(source, target, rows, bucket, separate).folded())
    if path is None or (ridge == 0 and not path.well_conditioned):
        limit = BatchLimit(ROWS_PER_CHUNK, 4 * 8 * max(bucket) * (width + target.shape[1]))
        path = limit.attempt(
            source.device,
            len(rows),
            lambda chunk: RidgePath.of_tensors(word_parts(source, target, rows, bucket, separate, chunk=chunk)),
        )
    if ridge == "auto":
        ridge = best_ridge(path, lambda: word_parts(source, target, rows, bucket, separate))
    return path, float(ridge)


def word_parts(
    source: Tensor,
    target: Tensor,
    rows: Sequence[BucketRow],
    bucket: tuple[int, int],
    separate: bool,
    fold: bool = True,
    chunk: int | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """``A`` and ``B`` of a bucket's regression in chunks of words; ``fold`` as ``NormalEquations.folded``."""
    i, j = bucket[0] or bucket[1], bucket[1]
    l = max(i, j)
    for x, y in row_chunks(source, target, rows, i, j, chunk):
        a, b = split_first_token(x, l) if separate else pad_slots(x, l), pad_slots(y, l)
        yield (a[:, :, :1], b.flatten(1).unsqueeze(2)) if fold and i == 1 + separate else (a, b)
