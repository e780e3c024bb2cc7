from __future__ import annotations

import numpy as np
import pytest
import scipy

from fuse_core.analysis.fidelity_run import ContextSummary
from fuse_core.analysis.lessons.guessed_order import guess, misleading, places, recorded_run
from fuse_core.search.config import PROBE_WORDS


def test_places_are_those_of_the_recorded_losses_and_scores():
    drawn = recorded_run().drawn
    true, predicted = places(recorded_run())
    rows = [drawn.words.index(word) for word in PROBE_WORDS]
    assert np.array_equal(true, scipy.stats.rankdata(drawn.losses, "ordinal"))
    assert np.array_equal(predicted, scipy.stats.rankdata(-drawn.predicted["fuse"][rows].mean(0), "ordinal"))


def test_a_turn_has_one_of_the_truly_best_and_is_always_the_same():
    run = recorded_run()
    for turn in range(40):
        asked = guess(run, turn)
        front = [ranked.true <= 0.05 * run.candidates for ranked in asked.tokens]
        assert sum(front) == 1
        assert front[asked.best]
        assert asked.tokens[asked.foretold].predicted == min(ranked.predicted for ranked in asked.tokens)
        assert asked == guess(run, turn)
        for ranked in asked.tokens:
            assert run.drawn.losses[run.drawn.tokens.index(" " + ranked.token)] == ranked.loss
    assert len({guess(run, turn) for turn in range(40)}) == 40


def context(name: str, carried: float, own: float, ranks: list[int]) -> ContextSummary:
    both = {"thing": {"fuse": carried, "target": own}}
    return ContextSummary("a.jpg", name, 100, both, {"thing": {"fuse": ranks, "target": [1, 2]}}, 0, both)


def test_the_most_misleading_context_has_a_good_correlation_and_the_emptiest_front():
    contexts = [
        context("good", 0.5, 0.5, [1, 2]),
        context("poor order", 0.44, 0.5, [90, 91]),
        context("misleading", 0.45, 0.5, [30, 4]),
        context("undefined", float("nan"), 0.5, []),
    ]
    found = misleading(contexts, 20)
    assert found
    assert (found.context, found.found, found.own, found.best) == ("misleading", 1, 2, 2)
    assert found.share == pytest.approx(0.9)
    assert misleading(contexts[1:2], 20) is None


def test_the_record_has_a_context_whose_front_is_nearly_empty():
    """What the chapter says exists; by the record's own ranks."""
    found = misleading(recorded_run().contexts, 128)
    assert found
    (summary,) = [c for c in recorded_run().contexts if (c.image, c.context) == (found.image, found.context)]
    assert sum(rank <= 128 for rank in summary.ranks[found.at]["fuse"]) == found.found <= 1
    assert summary.spearman[found.at]["fuse"] >= 0.9 * summary.spearman[found.at]["target"]
