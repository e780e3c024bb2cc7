"""Statistics of paired measurements: what two methods did with the same pictures.

The bootstrap is Efron's (1979) with percentile intervals; the sign test is the exact two-sided binomial test.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
RESAMPLES = 10_000


class Interval(NamedTuple):
    """A mean and the ends of its bootstrap interval."""

    mean: float
    low: float
    high: float


class PairedDifference(NamedTuple):
    """How far the first of two methods lies below (negative) or above the second, picture by picture.

    Attributes
    ----------
    n : int
        Pictures.
    difference : Interval
        Of the mean of first minus second.
    lower, higher : int
        Pictures on which the first is lower and higher; on the others both are equal.
    sign_test : float
        Chance of a split at least so uneven if either were as likely to be the lower one.
    """

    n: int
    difference: Interval
    lower: int
    higher: int
    sign_test: float

    @property
    def shown(self) -> bool:
        """Whether the interval excludes zero."""
        return self.difference.low > 0.0 or self.difference.high < 0.0


def bootstrap_mean(
    values: Sequence[float], level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Percentile bootstrap of a mean: of as many values drawn again with replacement, ``resamples`` times.

    One value has no spread: its interval is that value. Cost: ``resamples x len(values)`` draws.

    Raises
    ------
    ValueError
        When there are no values.
    """
    found = np.asarray(values, dtype=np.float64)
    if not found.size:
        raise ValueError("There is no mean of no values.")
    rows = np.random.default_rng(seed).integers(found.size, size=(resamples, found.size))
    low, high = np.quantile(found[rows].mean(1), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(found.mean()), float(low), float(high))


def sign_test(lower: int, higher: int) -> float:
    """Exact two-sided binomial test of ``lower`` against ``higher`` at one half; 1 where both are zero."""
    n, fewer = lower + higher, min(lower, higher)
    return min(1.0, 2.0 * sum(comb(n, k) for k in range(fewer + 1)) / 2**n)


def paired_difference(first: Sequence[float], second: Sequence[float], tie: float = 1e-6) -> PairedDifference:
    """Compare two methods that were measured on the same pictures.

    Parameters
    ----------
    first, second : sequence of float
        In the same order of pictures.
    tie : float
        Differences up to this size are none: rounding of sums in another order.

    Raises
    ------
    ValueError
        When they are not of one length, or empty.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    lower = sum(d < -tie for d in differences)
    higher = sum(d > tie for d in differences)
    return PairedDifference(len(differences), bootstrap_mean(differences), lower, higher, sign_test(lower, higher))
