"""Intervals and tests against scipy's, which shares no code with ours."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from fuse_core.analysis.paired import bootstrap_mean, paired_difference, sign_test


@pytest.mark.parametrize(("n", "level"), [(6, 0.95), (24, 0.95), (24, 0.8)])
def test_the_interval_is_the_percentile_bootstrap_of_scipy(n, level):
    values = np.random.default_rng(n).gamma(2.0, 1.5, n)
    ours = bootstrap_mean(values, level)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, confidence_level=level, n_resamples=10_000, method="percentile", rng=1
    ).confidence_interval
    spread = theirs.high - theirs.low
    assert ours.mean == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * spread)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * spread)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = [bootstrap_mean(rng.normal(1.0, 2.0, 24), resamples=400) for _ in range(400)]
    assert 0.89 <= np.mean([i.low <= 1.0 <= i.high for i in intervals]) <= 0.97


def test_the_sign_test_is_the_binomial_test_of_scipy():
    for lower in range(13):
        for higher in range(13):
            expected = scipy.stats.binomtest(lower, lower + higher).pvalue if lower + higher else 1.0
            assert sign_test(lower, higher) == pytest.approx(expected)


def test_a_difference_is_paired_by_picture():
    second = [5.0, 20.0, 1.0, 9.0]
    found = paired_difference([4.0, 19.5, 1.0, 9.5], second)
    assert (found.n, found.lower, found.higher) == (4, 2, 1)
    assert found.difference.mean == pytest.approx(-0.25)
    assert found.sign_test == 1.0
    assert not found.shown
    # Pictures differ by up to 19, and the interval knows nothing of that: only the differences count.
    assert found.difference.high - found.difference.low < 1.5
    assert paired_difference([x - 1.0 for x in second], second).shown
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0], second)


def test_one_picture_has_no_spread_and_none_has_no_mean():
    assert bootstrap_mean([3.0]) == (3.0, 3.0, 3.0)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([])
