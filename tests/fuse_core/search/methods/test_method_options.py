"""Options of PEZ, random search and AutoDAN that are off unless asked for."""

from __future__ import annotations

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from fuse_core.search.methods.prompt_gradient import carried_gradient
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.search.methods.test_methods import PICTURE, problem_with, run, untimed
from tests.fuse_core.tiny_models import settings_for


class TestAdamW:
    def test_moves_are_those_of_adamw_at_the_projected_points(self):
        """Against the optimiser's formulas, written out."""
        problem = problem_with(method="pez", optimiser="adamw", learning_rate=0.5, weight_decay=0.2, inner_steps=1)
        steps = run(problem, 3)
        language = problem.objective.language
        table = language.model.embedding_table.double()
        at = steps[0].beams[0].ids
        x = table[torch.tensor(at)]
        first, second = torch.zeros_like(x), torch.zeros_like(x)
        for t, step in enumerate(steps[1:], 1):
            g = carried_gradient(problem, at, language.model.tokenizer.decode_continuation(at)).double()
            first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
            x = x * (1 - 0.5 * 0.2)
            x = x - 0.5 * (first / (1 - 0.9**t)) / ((second / (1 - 0.999**t)).sqrt() + 1e-8)
            torch.testing.assert_close(torch.tensor(step.soft_prompt).double().view_as(x), x, atol=1e-4, rtol=1e-3)
            assert step.optimiser_state[0] == t
            at = problem.projection.nearest(x.to(language.model.embedding_table))

    def test_a_saved_run_goes_on_as_an_unbroken_one(self):
        config = settings_for(method="pez", length=4, optimiser="adamw", learning_rate=1.0, inner_steps=2, steps=4)
        library = tiny_models.shared_library()
        whole, broken = (Session.start(library, config, PICTURE) for _ in range(2))
        list(whole.run())
        broken.step()
        broken.step()
        broken = Session.from_json(broken.to_json(), library)
        list(broken.run())
        assert untimed(broken.steps) == untimed(whole.steps)

    def test_a_normalised_run_is_saved_as_ever_and_decays_nothing(self):
        assert "optimiser_state" not in run(problem_with(method="pez"), 1)[1].as_dict()
        with pytest.raises(UserError, match="'weight_decay' goes with the optimiser adamw"):
            CaptionConfig(method="pez", weight_decay=0.1)
        rates = [CaptionConfig(method="pez", **given).as_dict() for given in ({}, {"optimiser": "adamw"})]
        assert [(r["learning_rate"], r["weight_decay"]) for r in rates] == [(5.0, 0.0), (0.1, 0.1)]


def test_the_nearest_share_holds_the_tokens_least_far_from_the_one_replaced():
    problem = problem_with(method="random", norm="nearest", radius=0.02, candidates=40)
    start, step = run(problem, 1)
    table, encode = problem.objective.language.model.embedding_table, problem.objective.language.model.tokenizer.encode
    assert step.candidates
    for candidate in step.candidates:
        places = [k for k, (a, b) in enumerate(zip(start.beams[0].ids, encode(candidate.text), strict=True)) if a != b]
        assert len(places) == 1
        allowed = problem.vocabulary.allowed.clone()
        if places[0] == 0:
            allowed &= problem.vocabulary.starts_word
        away = (table - table[start.beams[0].ids[places[0]]]).norm(dim=1)
        assert int((away[allowed] < away[candidate.token_id]).sum()) < 0.02 * int(allowed.sum()) + 1
    with pytest.raises(UserError, match="'radius' must be a share of the vocabulary"):
        CaptionConfig(method="random", norm="nearest", radius=3.0)


def test_the_frontier_is_as_large_as_told():
    sizes = [
        len(run(problem_with(method="autodan", search="uniform-cost", frontier_size=size), 2)[-1].beams)
        for size in (None, 3, 20)
    ]
    assert sizes == [8, 3, 20]
    with pytest.raises(UserError, match="'frontier_size' goes with the search uniform-cost, not with beam"):
        CaptionConfig(frontier_size=9)


@pytest.mark.parametrize("unit", ["token", "both"])
def test_autodan_appends_to_its_initial_tokens(unit):
    problem = problem_with(method="autodan", initial_tokens=3, unit=unit)
    start, step = run(problem, 1)
    (beam,) = start.beams
    assert len(beam.ids) == 3
    total, _ = problem.objective.evaluate([beam.text])
    assert beam.objective == pytest.approx(float(total[0]), abs=1e-4)
    assert all(b.text.startswith(beam.text) and len(b.ids) > 3 for b in step.beams)
    totals, _ = problem.objective.evaluate([b.text for b in step.beams])
    assert [b.objective for b in step.beams] == pytest.approx(totals.tolist(), abs=1e-4)
    assert problem.config.longest == 3 + problem.config.steps
