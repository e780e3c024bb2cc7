from __future__ import annotations

from fuse_core.search.records import Beam, Step
from fuse_core.search.run_progress import best_beam
from tests.fuse_core.tiny_models import CONFIG

SHORT, BETTER, WORSE = (Beam((1,), " a", 4.0), Beam((1, 2), " a b", 6.0), Beam((1, 3), " a c", 7.0))
STEPS = [Step(0, (Beam(),)), Step(1, (SHORT,)), Step(2, (BETTER, WORSE))]


def test_the_best_has_the_lowest_objective():
    assert best_beam(STEPS, CONFIG) == best_beam(STEPS, None) == SHORT
    assert best_beam(STEPS[:1], CONFIG) == Beam()


def test_under_a_loss_that_is_a_sum_prompts_of_one_length_are_compared():
    summed = CONFIG.changed(lm_loss="log_prob")
    assert best_beam(STEPS, summed) == BETTER
    assert best_beam(STEPS[:1], summed) == Beam()
    assert best_beam(STEPS, summed.changed(lm_weight=0.0)) == SHORT
