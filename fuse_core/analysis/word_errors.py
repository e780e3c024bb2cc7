"""Held-out words by how well a map of FUSE (arXiv 2408.04816) takes them to the target's space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.analysis.retrieval import mapped_words
from fuse_core.words.word_tensors import word_tensor


@dataclass(frozen=True)
class WordError:
    """One word's relative error ``||x * M - y|| / ||y||`` over its target slots."""

    row: BucketRow
    error: float


def word_errors(
    source: Tensor, target: Tensor, m: Tensor, bucket: tuple[int, int], rows: Sequence[BucketRow]
) -> list[WordError]:
    """Errors of a bucket's held-out words, smallest first.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
    bucket : (int, int)
    rows : sequence of BucketRow
        Training words are passed over.

    Notes
    -----
    ``O(n d_src d_tgt l)`` for ``n`` held-out words, a tenth of the bucket.
    """
    heldout = [row for row in rows if row.heldout]
    if not heldout:
        return []
    with torch.no_grad():
        y = word_tensor(target, [row.target for row in heldout], bucket[1]).double()
        missed = mapped_words(source, m, bucket, heldout).double() - y
        errors = missed.flatten(1).norm(dim=1) / y.flatten(1).norm(dim=1).clamp_min(1e-300)
    return sorted((WordError(row, e) for row, e in zip(heldout, errors.tolist(), strict=True)), key=lambda w: w.error)


def extremes(errors: Sequence[WordError], count: int) -> tuple[list[WordError], list[WordError]]:
    """The best-mapped words, best first, and the worst-mapped, worst first; at most ``count``, and half, each."""
    ordered = sorted(errors, key=lambda w: w.error)
    count = min(count, (len(ordered) + 1) // 2)
    return ordered[:count], ordered[: -count - 1 : -1]
