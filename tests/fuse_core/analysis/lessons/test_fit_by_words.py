from __future__ import annotations

import numpy as np
import pytest

from fuse_core.adapter.fit import FitOptions
from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.fit_by_words import BUCKET, fit_words, sizes
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.library import Library
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target


@pytest.fixture
def library(monkeypatch, tmp_path) -> Library:
    monkeypatch.setattr(pair_words, "SOURCE", SOURCE)
    monkeypatch.setattr(pair_words, "TARGET", TARGET)
    monkeypatch.setattr(pair_words, "OPTIONS", FitOptions(words=1000, max_tokens=2))
    made = tiny_models.library(tmp_path, adapters=False)
    made.once(("corpus", SOURCE, 1000), lambda: english(1000))
    return made


def parts(library: Library, heldout: bool) -> tuple[np.ndarray, np.ndarray]:
    known = pair_words.pair_words(library)
    rows = [row for row in known.rows[BUCKET] if row.heldout == heldout]
    a = known.source.table[[row.source[0] for row in rows]]
    return a.double().numpy(), known.target.table[[row.target[0] for row in rows]].double().numpy()


def error(a: np.ndarray, m: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a @ m - b) / np.linalg.norm(b))


def test_a_fit_on_all_words_has_the_errors_of_least_squares(library):
    a, b = parts(library, heldout=False)
    others = parts(library, heldout=True)
    found = fit_words(library, len(a))
    plain = np.linalg.lstsq(a, b, rcond=None)[0]
    assert found.plain == pytest.approx((error(a, plain, b), error(others[0], plain, others[1])))
    ridge = np.linalg.solve(a.T @ a + found.ridge * np.eye(a.shape[1]), a.T @ b)
    assert found.chosen == pytest.approx((error(a, ridge, b), error(others[0], ridge, others[1])))
    at = found.weights.index(found.ridge)
    assert (found.train[at], found.heldout[at]) == pytest.approx(found.chosen)


def test_few_words_are_fitted_exactly_and_are_always_the_same(library):
    found = fit_words(library, 8)
    assert found.words == 8
    assert found.plain[0] < 1e-6
    assert found.chosen[0] > found.plain[0]
    again = fit_words(library, 8)
    assert (again.plain, again.chosen) == (found.plain, found.chosen)


def test_numbers_of_words_go_past_the_dimensions_up_to_all():
    assert sizes(16, 70) == [2, 4, 8, 12, 16, 20, 24, 32, 64, 70]


def test_the_record_shows_the_peak_at_as_many_words_as_dimensions_and_the_ridge_that_takes_it_away():
    known = recorded("fit")
    assert [fit["words"] for fit in known["fits"]] == sizes(known["dimensions"], known["fits"][-1]["words"])
    worst = max(known["fits"], key=lambda fit: fit["plain"][1])
    assert worst["words"] == known["dimensions"]
    assert worst["plain"][1] > 10
    assert all(fit["chosen"][1] < 1 for fit in known["fits"])
