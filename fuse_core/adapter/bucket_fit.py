"""The fit of one token-length bucket, and how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.least_squares import relative_error, solve_map

MIN_WORDS = 8  # fewer training words than this leave a bucket empty


@dataclass(frozen=True)
class BucketReport:
    """How one bucket's fit went.

    Attributes
    ----------
    i, j : int
        Source and target tokens; ``i`` is 0 under ``target`` bucketing, where every source length shares the map.
    words : int
        Words of the bucket that were used, training and held-out.
    train_error, heldout_error : float
        ``||X * M - Y|| / ||Y||`` on training and on held-out words, over the target's ``j`` slots; NaN without words.
    heldout_words : int
    ridge : float
        Ridge weight used, 0 for the plain pseudoinverse.
    seconds : float
    """

    i: int
    j: int
    words: int
    heldout_words: int
    train_error: float
    heldout_error: float
    ridge: float
    seconds: float


def fit_bucket(
    source: Tensor,
    target: Tensor,
    bucket: tuple[int, int],
    rows: list[BucketRow],
    separate: bool,
    ridge: float | Literal["auto"],
) -> tuple[Tensor, BucketReport] | None:
    """A bucket's map and its report, held-out words left out of the fit; None with too few words.

    The parameters are those of ``solve_map``.
    """
    started = time.perf_counter()
    training = [row for row in rows if not row.heldout]
    heldout = [row for row in rows if row.heldout]
    if len(training) < MIN_WORDS:
        return None
    with torch.no_grad():
        m, weight = solve_map(source, target, training, bucket, separate, ridge)
        report = BucketReport(
            i=bucket[0],
            j=bucket[1],
            words=len(rows),
            heldout_words=len(heldout),
            train_error=relative_error(source, target, training, bucket, m),
            heldout_error=relative_error(source, target, heldout, bucket, m),
            ridge=weight,
            seconds=time.perf_counter() - started,
        )
    return m, report
