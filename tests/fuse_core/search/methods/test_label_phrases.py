"""Phrases that carry a label: which there are, how many, and that they are judged as any other prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.methods.registry import start_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Step
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.tiny_models import settings_for

CARRYING = 40  # every so many-th word of the table


def problem_with(carries: bool = True, **settings) -> Problem:
    label = ClassifierConfig(label="positive", model="roberta-sentiment")
    config = settings_for(**{"unit": "word", "candidates": 12, "classifiers": (label,), **settings})
    problem = caption_problem(tiny_models.shared_library(), config, tiny_models.picture())
    source = problem.word_source
    if not carries or source is None:
        return problem
    mask = torch.arange(len(source.table.corpus.words)) % CARRYING == 0
    labels = tuple(replace(label, carries=mask) for label in source.labels)
    return replace(problem, word_source=replace(source, labels=labels))


def take(problem: Problem, count: int) -> list[Step]:
    steps = [start_step(problem)]
    for index in range(1, count + 1):
        steps.append(autodan_step(problem, steps[-1].beams, index))
    return steps


def rows_of(problem: Problem) -> dict[str, int]:
    assert problem.word_source is not None
    return problem.word_source.table.rows


def phrases(problem: Problem, step: Step) -> list[list[str]]:
    held = rows_of(problem)
    added = [c.token.split() for c in step.candidates]
    return [words for words in added if len(words) > 1 and all(word in held for word in words)]


def test_a_third_of_the_words_are_phrases_whose_first_word_alone_carries_the_label():
    problem = problem_with()
    rows = rows_of(problem)
    first, second = take(problem, 2)[1:]
    assert len(phrases(problem, first)) == 4  # of one prompt
    assert len(first.candidates) == 12
    for words in phrases(problem, first):
        assert words[0] == ("an" if words[1][0] in "aeiou" else "a")
        assert [rows[word] % CARRYING == 0 for word in words[1:]] == [True, False]
    found = phrases(problem, second)
    assert found
    for words in found:
        assert [rows[word] % CARRYING == 0 for word in words] == [True, False]


@pytest.mark.parametrize("unit", ["word", "both"])
def test_they_are_judged_as_any_other_prompt_and_no_text_comes_twice(unit):
    problem = problem_with(unit=unit)
    for step in take(problem, 2)[1:]:
        texts = [c.text for c in step.candidates]
        assert len(set(texts)) == len(texts)
        check_exact(problem, step)


@pytest.mark.parametrize(
    "settings", [{"carries": False}, {"guidance": "random"}, {"guidance": "lm"}, {"classifiers": ()}]
)
def test_nobody_proposes_them_where_no_classifier_has_rated_words_or_nothing_is_retrieved(settings):
    problem = problem_with(**settings)
    (step,) = take(problem, 1)[1:]
    assert phrases(problem, step) == []
    assert len(step.candidates) == 12
