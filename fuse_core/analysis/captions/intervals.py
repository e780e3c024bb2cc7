"""Bootstrap intervals of a measure over pictures, and of the difference between two runs on the same pictures.

Efron's (1979) percentile bootstrap: pictures are drawn again with replacement, and the measure is made anew of each
draw, so what is no mean of single pictures (BLEU, perplexity) has an interval, too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fuse_core.analysis.paired import LEVEL, RESAMPLES

Combine = Callable[[np.ndarray], np.ndarray]


def interval(numbers: np.ndarray, combine: Combine) -> np.ndarray:
    """Ends of the intervals, shape = (2, columns), of numbers of every picture, shape = (pictures, k)."""
    return _ends(combine(_drawn_means(numbers)))


def difference_interval(first: np.ndarray, second: np.ndarray, combine: Combine) -> np.ndarray:
    """Ends for first minus second, shape = (2, columns); rows of both are of the same pictures."""
    means = np.split(_drawn_means(np.concatenate([first, second], axis=1)), 2, axis=1)
    return _ends(combine(means[0]) - combine(means[1]))


def _drawn_means(numbers: np.ndarray) -> np.ndarray:
    """Means of as many pictures drawn with replacement, shape = (resamples, k)."""
    n = len(numbers)
    times_drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return times_drawn @ numbers / n


def _ends(values: np.ndarray) -> np.ndarray:
    return np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
