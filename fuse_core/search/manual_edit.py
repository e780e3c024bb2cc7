"""Prompts written by hand, as steps of a run."""

from __future__ import annotations

import time

from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.search.finished import finish
from fuse_core.search.methods.prompt_scores import score_prompts
from fuse_core.search.problem import Problem
from fuse_core.search.records import Step


def edited_step(problem: Problem, text: str, index: int) -> Step:
    """Judge a prompt typed by a person and make it the only beam.

    Raises
    ------
    UserError
        When the text has no word, is too long, holds one that the word filter removes, or does not fit a model. Cost:
        one forward pass of every model, and one of the language model for an end after it.
    """
    checks.text("prompt", text)
    started = time.perf_counter()
    prompt = " " + " ".join(text.split())
    if not prompt.strip():
        raise UserError("The prompt is empty.", "Type at least one word.")
    if not problem.passes(prompt):
        raise UserError("The prompt holds a word that the word filter removes.", "Write it without that word.")
    language = problem.objective.language
    ids = language.model.tokenizer.encode_continuation(prompt)
    language.check_length(len(ids) + 1)
    for term in problem.objective.targets:
        term.check_length(prompt + " x")
    passes_before = language.n_forward_passes
    beams = tuple(score_prompts(problem, [tuple(ids)], [prompt]))
    finished = finish(problem, beams, lambda chosen: language.next_log_probs([beams[k].ids for k in chosen]))
    words = problem.word_strengths(prompt)
    return Step(
        index=index,
        beams=beams,
        words=words,
        finished_prompts=finished,
        finished_words=words if finished else (),
        evaluations=1,
        n_forward_passes=language.n_forward_passes - passes_before,
        seconds=time.perf_counter() - started,
        edited=True,
    )
