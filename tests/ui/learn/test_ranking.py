"""Chapter 9: guesses are counted once, the truth comes after them, and one's own context is measured."""

from __future__ import annotations

import pytest

from fuse_core.analysis.lessons import guessed_order
from fuse_core.analysis.lessons.guessed_order import guess, misleading, recorded_run
from tests.fuse_core import tiny_models


@pytest.fixture
def dealt(visitor):
    visitor.do("lesson-ranking-next")
    return visitor


def choose(visitor, k: int) -> str:
    visitor["lesson-ranking-tokens"] = k
    visitor.do("lesson-ranking-tokens", "input")
    return visitor.text("lesson-ranking-table")


def test_nothing_is_given_away_before_the_guess(dealt):
    assert [name for name, _ in dealt.prop("lesson-ranking-tokens", "choices")] == [
        ranked.token for ranked in guess(recorded_run(), 1).tokens
    ]
    assert dealt.text("lesson-ranking-table") == ""
    assert not dealt.prop("lesson-ranking-places", "visible")
    assert not dealt["lesson-ranking-misled"]


def test_a_guess_is_counted_once_and_shows_both_places(dealt):
    asked = guess(recorded_run(), 1)
    said = choose(dealt, asked.best)
    assert all(str(ranked.true) in said and str(ranked.predicted) in said for ranked in asked.tokens)
    assert f"you 1 of 1, the gradient {int(asked.best == asked.foretold)} of 1" in said
    assert choose(dealt, (asked.best + 1) % 3) == said
    assert len(dealt["lesson-ranking-places"].data[0].x) == recorded_run().candidates
    dealt.do("lesson-ranking-next")
    wrong = (guess(recorded_run(), 2).best + 1) % 3
    assert "you 1 of 2" in choose(dealt, wrong)


def test_the_slider_finds_where_a_correlation_misleads(dealt):
    dealt["lesson-ranking-within"] = 64
    dealt.do("lesson-ranking-within", "release")
    found = misleading(recorded_run().contexts, 64)
    assert found
    assert f"{found.found} are among its first 64" in dealt.text("lesson-ranking-misled")


def test_another_context_is_measured_now_and_the_count_begins_anew(dealt, monkeypatch):
    choose(dealt, 0)
    monkeypatch.setattr(guessed_order, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(guessed_order, "TARGET", tiny_models.CONFIG.target)
    monkeypatch.setattr(guessed_order, "LIVE", 30)
    dealt["lesson-ranking-context"] = "a small"
    dealt.do("lesson-ranking-measure")
    assert "a small ___" in dealt.text("lesson-ranking-ask")
    assert "All 30 candidates" in choose(dealt, 1)
    assert "of 1, the gradient" in dealt.text("lesson-ranking-table")
