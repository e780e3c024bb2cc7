"""What later work added to GCG, each option on tiny models against what it promises."""

from __future__ import annotations

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.common.rank_correlation import spearman
from fuse_core.search.config import CaptionConfig
from fuse_core.search.early_stop import stop_reason
from fuse_core.search.methods.probe_sampling import REDUCTION
from fuse_core.search.methods.prompt_gradient import replacement_scores
from fuse_core.search.problem import Problem
from fuse_core.search.records import Step
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.search.methods.test_methods import PICTURE, problem_with, run
from tests.fuse_core.tiny_models import settings_for


def gcg(**settings) -> Problem:
    return problem_with(method="gcg", beams=1, **settings)


def changed(problem: Problem, before: Step, step: Step) -> list[list[int]]:
    """The places at which every candidate differs from its parent."""
    encode = problem.objective.language.model.tokenizer.encode
    pairs = [(before.beams[c.parent].ids, encode(c.text)) for c in step.candidates]
    return [[k for k, (a, b) in enumerate(zip(was, now, strict=True)) if a != b] for was, now in pairs]


def promises(problem: Problem, before: Step) -> torch.Tensor:
    """What every token gains over the one in its place, from the definition."""
    beam = before.beams[0]
    scores = replacement_scores(problem, beam.ids, beam.text)
    return scores - torch.stack([scores[place, token] for place, token in enumerate(beam.ids)])[:, None]


def test_greedy_sampling_judges_the_most_promising_of_all_places():
    problem = gcg(sampling="greedy", top_k=40)
    start, step = run(problem, 1)
    gains = promises(problem, start)
    places = [place[0] for place in changed(problem, start, step)]
    found = [float(gains[place, c.token_id]) for place, c in zip(places, step.candidates, strict=True)]
    assert [c.score for c in step.candidates] == pytest.approx(found, abs=1e-4)
    allowed = problem.vocabulary.allowed
    better = (gains[1:, allowed] > min(found) + 1e-4).sum() + (
        gains[0, allowed & problem.vocabulary.starts_word] > min(found)
    ).sum()
    assert len(step.candidates) == 12
    assert better <= 18  # half as many again as are judged: some do not survive re-tokenisation
    check_exact(problem, step)


def test_several_tokens_are_replaced_at_once_and_at_most_all():
    problem = gcg(n_replace=2)
    start, step = run(problem, 1)
    assert {len(places) for places in changed(problem, start, step)} == {2}
    problem = gcg(n_replace=64)
    start, step = run(problem, 1)
    assert {len(places) for places in changed(problem, start, step)} == {4}


def test_epsilon_nought_changes_the_most_promising_place_alone():
    problem = gcg(epsilon=0.0)
    start, step = run(problem, 1)
    gains = promises(problem, start)
    gains[:, ~problem.vocabulary.allowed] = float("-inf")
    gains[0, ~problem.vocabulary.starts_word] = float("-inf")
    assert {places[0] for places in changed(problem, start, step)} == {int(gains.max(1).values.argmax())}
    some = run(gcg(epsilon=0.5), 1)
    assert len({places[0] for places in changed(problem, some[0], some[1])}) > 1


def test_a_weight_of_distance_keeps_to_tokens_nearby():
    def mean_distance(weight: float) -> float:
        problem = gcg(sampling="greedy", distance_weight=weight)
        start, step = run(problem, 1)
        table, was = problem.objective.language.model.embedding_table, start.beams[0].ids
        places = changed(problem, start, step)
        away = [(table[c.token_id] - table[was[p[0]]]).norm() for c, p in zip(step.candidates, places, strict=True)]
        return float(torch.stack(away).mean())

    assert mean_distance(1e4) < mean_distance(0.0)


def test_no_prompt_is_judged_twice_where_none_is_to_be():
    config = settings_for(method="gcg", beams=1, length=4, candidates=12, top_k=8, sampling="greedy", rescoring="never")
    session = Session.start(tiny_models.shared_library(), config, PICTURE)
    list(session.run())
    texts = [c.text for step in session.steps for c in step.candidates]
    assert len(texts) == len(set(texts)) > 12
    again = Session.from_json(session.to_json(), tiny_models.shared_library())
    again.back()
    assert [c.text for c in again.step().candidates] == [c.text for c in session.steps[-1].candidates]


def test_a_probe_decides_how_many_others_are_judged():
    whole, probed = (run(gcg(candidates=64, probe_share=share), 1)[1] for share in (0.0, 0.25))
    texts = [c.text for c in whole.candidates]
    assert {c.text for c in probed.candidates} < set(texts)
    size = round(0.25 * len(texts))
    assert size <= len(probed.candidates) <= size + len(texts) // REDUCTION
    check_exact(gcg(candidates=64, probe_share=0.25), probed)
    every = run(gcg(candidates=64, probe_share=1.0), 1)[1]
    assert sorted(c.text for c in every.candidates) == sorted(texts)
    agreement = (1 + spearman([c.score for c in every.candidates], [-c.objective for c in every.candidates])) / 2
    assert 0 < agreement < 1


def test_a_buffer_keeps_more_prompts_than_are_changed_and_none_may_go_up():
    steps = run(gcg(buffer_size=5), 3)
    assert len(steps[-1].beams) == 5
    assert all(c.parent == 0 for step in steps for c in step.candidates)
    objectives = [beam.objective for beam in steps[-1].beams]
    assert objectives == sorted(objectives)
    for before, step in zip(run(gcg(buffer_size=0, seed=2), 6), run(gcg(buffer_size=0, seed=2), 6)[1:], strict=False):
        assert step.beams[0].text in {c.text for c in step.candidates}
        assert step.beams[0].text != before.beams[0].text


def test_a_run_stops_where_it_was_to():
    config = settings_for(
        method="gcg", length=4, candidates=12, top_k=8, steps=6, lm_loss="cross_entropy", lm_text=" a"
    )
    library = tiny_models.shared_library()
    start = Session.start(library, config, PICTURE)
    low = Session.start(library, config.changed(stop_loss=float(start.best.objective)), PICTURE)
    assert list(low.run()) == []
    assert stop_reason(low.steps, low.config).startswith("the objective is at most")
    language = start.problem.objective.language
    likeliest = int(language.next_log_probs([start.best.ids])[0].argmax())
    text = language.model.tokenizer.decode_continuation([likeliest])
    hit = config.changed(lm_text=text, early_stop="target", start=start.best.text)
    session = Session.start(library, hit, PICTURE)
    reached = session.step().target_reached
    said = language.next_log_probs([session.steps[-1].beams[0].ids])[0].argmax()
    assert reached == (int(said) == likeliest)
    assert session.finished == reached
    assert Session.from_json(session.to_json(), library).steps[-1].target_reached == reached


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sampling": "greedy", "n_replace": 2}, "'n_replace' goes with tokens drawn by chance"),
        ({"sampling": "greedy", "epsilon": 0.5}, "'epsilon' goes with tokens drawn by chance"),
        ({"guidance": "random", "probe_share": 0.1}, "'probe_share' asks what the gradient promises"),
        ({"buffer_size": 2, "beams": 4}, "A buffer of 2 cannot hold 4 beams"),
        ({"early_stop": "target"}, "'early_stop' cannot be 'target': the loss nll has no text to follow"),
        ({"epsilon": 1.5}, "'epsilon' must be a number from 0 to 1"),
    ],
)
def test_what_does_not_go_together_is_refused(fields, message):
    with pytest.raises(UserError, match=message):
        CaptionConfig(method="gcg", **fields)
