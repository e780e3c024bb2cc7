"""How far a map of FUSE (arXiv 2408.04816) takes words from where they should be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.first_token import place
from fuse_core.adapter.slots import slots


@dataclass(frozen=True)
class MapErrors:
    """Relative errors ``||X * M - Y|| / ||Y||`` over some words, on the target's own ``j`` slots; NaN without words.

    Attributes
    ----------
    error : float
        Every word counting once.
    weighted : float
        Every word counting as often as it occurs.
    """

    error: float
    weighted: float

    @classmethod
    def of(cls, missed: Tensor, total: Tensor, rows: Sequence[BucketRow]) -> MapErrors:
        """From the squared errors and norms of words, each of shape (words,)."""
        weights = torch.tensor([row.weight for row in rows], dtype=total.dtype, device=total.device)
        return cls(_relative(missed, total), _relative(missed * weights, total * weights))


def map_errors(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], m: Tensor
) -> MapErrors:
    """A map's errors over words of its bucket."""
    return MapErrors.of(*squared_errors(source, target, rows, bucket, m), rows)


def mean_error(target: Tensor, training: Sequence[BucketRow], rows: Sequence[BucketRow], j: int) -> float:
    """The error of a map that knows nothing of a word and answers the mean of the training words' targets."""
    missed, total = torch.zeros(2, len(rows), dtype=torch.float64, device=target.device)
    both = zip(*(slots(target, [row.target for row in part], j) for part in (training, rows)), strict=True)
    for known, y in both:
        mean = known.counts() @ known.vectors / len(training)
        missed += (y.vectors - mean).square().sum(1)[y.token]
        total += y.vectors.square().sum(1)[y.token]
    return _relative(missed, total)


def squared_errors(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], m: Tensor
) -> tuple[Tensor, Tensor]:
    """``||x * M - y||^2`` and ``||y||^2`` of every word, on the target's own ``j`` slots.

    Returns
    -------
    two tensors of shape (words,)
        Float64. ``O(u d_src d_tgt i j)`` for ``u`` distinct tokens a slot: each is mapped once.
    """
    i, (d, l) = bucket[0] or bucket[1], (source.shape[1], m.shape[2])
    words = slots(source, [row.source for row in rows], i)
    missed, total = torch.zeros(2, len(rows), dtype=torch.float64, device=source.device)
    for k, y in enumerate(slots(target, [row.target for row in rows], bucket[1])):
        difference = y.vectors.neg().to(m.dtype)[y.token]
        for s, x in enumerate(words):
            channels, at = place(s, d, len(m) > d)
            images = x.vectors.to(m.dtype) @ m[channels, :, (k - at) % l]
            # Words without a token in this slot have -1 and so the last row.
            difference += pad(images, (0, 0, 0, 1))[x.token]
        missed += difference.square().sum(1, dtype=torch.float64)
        total += y.vectors.square().sum(1)[y.token]
    return missed, total


def _relative(missed: Tensor, total: Tensor) -> float:
    energy = float(total.sum())
    return math.sqrt(float(missed.sum()) / energy) if energy else math.nan
