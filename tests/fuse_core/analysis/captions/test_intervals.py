"""Intervals over pictures, against draws made one by one."""

from __future__ import annotations

import numpy as np
import pytest

from fuse_core.analysis.captions.intervals import difference_interval, interval
from fuse_core.analysis.captions.metrics.bleu import bleu, counts
from fuse_core.analysis.paired import bootstrap_mean

NUMBERS = np.random.default_rng(3).normal(2.0, 1.0, size=(20, 1))


def ratio(means: np.ndarray) -> np.ndarray:
    return means[..., :1] / means[..., 1:]


def test_of_a_mean_it_is_the_bootstrap_of_a_mean():
    low, high = interval(NUMBERS, lambda means: means)[:, 0]
    _, other_low, other_high = bootstrap_mean(NUMBERS[:, 0].tolist())
    assert (low, high) == pytest.approx((other_low, other_high), abs=0.02)


def test_of_a_ratio_it_is_that_of_sums_drawn_anew():
    numbers = np.concatenate([NUMBERS, 3 + NUMBERS**2], axis=1)
    rows = np.random.default_rng(1).integers(20, size=(4000, 20))
    one_by_one = [numbers[row, 0].sum() / numbers[row, 1].sum() for row in rows]
    low, high = interval(numbers, ratio)[:, 0]
    assert (low, high) == pytest.approx(tuple(np.quantile(one_by_one, [0.025, 0.975])), abs=0.01)


def test_a_difference_is_paired():
    """Two runs that differ by the same on every picture differ by that in every draw."""
    low, high = difference_interval(NUMBERS + 0.5, NUMBERS, lambda means: means)[:, 0]
    assert (low, high) == pytest.approx((0.5, 0.5))


def test_bleu_of_a_draw_is_of_its_captions_together():
    numbers = np.array([counts(list("abcd"), [list("abcd")]), counts(list("xabc"), [list("abcd")])], dtype=float)
    ends = interval(np.repeat(numbers, 10, axis=0), bleu)
    assert ends.shape == (2, 4)
    assert ends[0, 3] < bleu(numbers.mean(0))[3] < ends[1, 3]
