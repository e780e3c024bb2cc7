"""Rank correlation and recall."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

from fuse_core.analysis.rank_measures import ranks_of_best, recall
from fuse_core.common.rank_correlation import spearman


def test_spearman_is_scipys():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=50), rng.integers(0, 9, size=50).astype(float)
    assert spearman(a, b) == pytest.approx(scipy.stats.spearmanr(a, b).statistic)
    assert spearman(a, a**3) == pytest.approx(1.0)
    assert spearman(a, -a) == pytest.approx(-1.0)
    assert np.isnan(spearman(a, np.zeros(50)))


def test_the_truly_best_are_told_by_their_predicted_ranks():
    gain = np.array([0.0, 3, 1, 2])
    assert ranks_of_best(np.array([9.0, 8, 7, 6]), gain, best=2) == (2, 4)
    assert ranks_of_best(gain, gain, best=4) == (1, 2, 3, 4)
    assert ranks_of_best(np.zeros(4), gain, best=2) == (2, 4)  # ties by position


def test_recall_counts_the_true_best_among_the_predicted_best():
    gain = np.arange(10.0)
    predicted = gain.copy()
    predicted[9] = -1  # the best of all is predicted last
    for scores, best, within, expected in (
        (gain, 3, 3, 1.0),
        (-gain, 3, 3, 0.0),
        (-gain, 3, 10, 1.0),
        (predicted, 2, 5, 0.5),
    ):
        assert recall(ranks_of_best(scores, gain, best), within) == expected
