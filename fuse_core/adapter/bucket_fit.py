"""The fit of one token-length bucket, and how it went."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import map_errors, mean_error
from fuse_core.adapter.least_squares import map_of, regression
from fuse_core.adapter.ridge import RidgePath

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
    weighted_error : float
        The held-out error with every word counting as often as it occurs in the corpus.
    mean_error : float
        The held-out error of the training words' mean, which knows nothing of a word.
    """

    i: int
    j: int
    words: int
    heldout_words: int
    train_error: float
    heldout_error: float
    ridge: float
    seconds: float
    weighted_error: float = math.nan
    mean_error: float = math.nan

    @property
    def explained(self) -> float:
        """Explained variance of the held-out words: 1 for a perfect map, 0 for the training words' mean."""
        return 1 - (self.heldout_error / self.mean_error) ** 2 if self.mean_error else math.nan


def fit_bucket(
    source: Tensor,
    target: Tensor,
    bucket: tuple[int, int],
    rows: list[BucketRow],
    separate: bool,
    ridge: float | Literal["auto"],
) -> tuple[Tensor, BucketReport] | None:
    """A bucket's map and its report, held-out words left out of the fit; None with too few words.

    The parameters are those of ``regression``.
    """
    started = time.perf_counter()
    training = [row for row in rows if not row.heldout]
    heldout = [row for row in rows if row.heldout]
    if len(training) < MIN_WORDS:
        return None
    with torch.no_grad():
        path, weight = regression(source, target, training, bucket, separate, ridge)
        m = map_of(path, weight, source.dtype, max(bucket))
        errors = map_errors(source, target, heldout, bucket, m)
        report = BucketReport(
            i=bucket[0],
            j=bucket[1],
            words=len(rows),
            heldout_words=len(heldout),
            train_error=_known_error(path, weight, bucket) or map_errors(source, target, training, bucket, m).error,
            heldout_error=errors.error,
            ridge=weight,
            seconds=time.perf_counter() - started,
            weighted_error=errors.weighted,
            mean_error=mean_error(target, training, heldout, bucket[1]),
        )
    return m, report


def _known_error(path: RidgePath, weight: float, bucket: tuple[int, int]) -> float | None:
    """The training error as the regression has it; None where other slots than the target's count, and for tiny ones.

    Its squares carry the rounding of ``||B||^2``.
    """
    share = path.residual(weight) / path.energy if path.energy else 0.0
    return math.sqrt(share) if bucket[0] <= bucket[1] and share > 1e-6 else None
