"""AutoDAN with a probed budget, on tiny models."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam, Step
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.recording import record_calls
from tests.fuse_core.tiny_models import CONFIG

PICTURE = tiny_models.picture()
CANDIDATES = CONFIG.as_dict()["candidates"]


def problem_with(**settings) -> Problem:
    config = CONFIG.changed(**{"budget": "probed", "unit": "both", **settings})
    return caption_problem(tiny_models.shared_library(), config, PICTURE)


def take(problem: Problem, count: int) -> list[Step]:
    steps = [Step(0, (Beam(),))]
    for index in range(1, count + 1):
        steps.append(dataclasses.replace(autodan_step(problem, steps[-1].beams, index), seconds=0.0))
    return steps[1:]


@pytest.mark.parametrize(
    "settings",
    [
        *({"guidance": name} for name in GUIDANCES),
        {"unit": "token"},
        {"unit": "word"},
        {"suffix": " in the rain"},  # fluency is not known before a candidate is read
        {"search": "greedy"},
        {"search": "uniform-cost"},
        {"lm_weight": 0.0},
        {"classifiers": (ClassifierConfig(label="positive", model="roberta-sentiment", weight=3.0),)},
    ],
    ids=str,
)
def test_candidates_are_exact_and_as_many_as_under_an_even_budget(settings):
    problem, even = problem_with(**settings), problem_with(**settings, budget="even")
    steps = take(problem, 2)
    before: tuple[Beam, ...] = (Beam(),)
    for step in steps:
        check_exact(problem, step)
        texts = [c.text for c in step.candidates]
        assert len(set(texts)) == len(texts) == step.evaluations
        assert step.evaluations <= CANDIDATES * len(before[: problem.config.width])
        assert step.evaluations >= autodan_step(even, before, step.index).evaluations
        before = step.beams
    assert steps == take(problem, 2)


def test_beams_have_budgets_of_their_own():
    counts = Counter(c.parent for c in take(problem_with(candidates=12), 2)[1].candidates)
    assert sum(counts.values()) == 12 * CONFIG.beams
    assert set(counts.values()) != {12}


def test_no_text_is_read_for_the_targets_but_the_candidates(monkeypatch):
    problem = problem_with(guidance="lm", unit="token")
    calls = record_calls(monkeypatch, type(problem.objective.targets[0]), "losses")
    step = take(problem, 2)[1]
    read = [text for _, prompts in calls for text in prompts]
    assert Counter(read[-step.evaluations :]) == Counter(c.text for c in step.candidates)
    assert len(read) == CANDIDATES + step.evaluations


def test_chance_stays_blind():
    assert take(problem_with(guidance="random"), 2) == take(problem_with(guidance="random", budget="even"), 2)


def test_where_nothing_can_follow_it_says_so():
    problem = problem_with(guidance="lm", unit="token")
    none = dataclasses.replace(problem.vocabulary, allowed=torch.zeros_like(problem.vocabulary.allowed))
    with pytest.raises(UserError, match="No token can continue this prompt"):
        autodan_step(dataclasses.replace(problem, vocabulary=none), (Beam(),), 1)
