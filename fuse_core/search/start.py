"""Where the methods that change a prompt in place begin: at a text of yours, or at random words."""

from __future__ import annotations

import torch

from fuse_core.common.errors import UserError
from fuse_core.search.methods.method import InPlaceSettings
from fuse_core.search.methods.prompt_scores import score_prompts
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam


def start_beam(problem: Problem) -> Beam:
    """The prompt to change, judged: the text of the settings, or ``length`` random words, as PEZ begins.

    A filler word repeated, GCG's usual start, is a bad place under a fluency term: a language model finds repetition
    so likely that no single replacement is better.

    Raises
    ------
    UserError
        When the prompt is longer than a model's context, lacks a pinned word or holds a banned one.
    """
    settings = problem.config.own(InPlaceSettings)
    text = settings.start.strip()
    return _judged(problem, " " + text if text else _random_words(problem, settings.length))


def random_beam(problem: Problem, length: int) -> Beam:
    """So many random words, judged, for a method that appends; the empty prompt for 0. Errors as of ``start_beam``."""
    return _judged(problem, _random_words(problem, length)) if length else Beam()


def _judged(problem: Problem, text: str) -> Beam:
    if not problem.wanted(text):
        raise UserError(
            f"The start prompt '{text.strip()}' lacks a pinned word or holds a banned one.",
            "Write another, or pin and ban fewer words.",
        )
    ids = tuple(problem.objective.language.model.tokenizer.encode_continuation(text))
    if not all(problem.fits([text]) + problem.objective.language.fits([ids])):
        raise UserError("The prompt to start from is longer than a model's context.", "Take a smaller length.")
    return score_prompts(problem, [ids], [text])[0]


def _random_words(problem: Problem, length: int) -> str:
    """The pinned words, then words of one token each; the seed fixes them."""
    tokenizer, pool = problem.objective.language.model.tokenizer, problem.projection.ids
    pinned = "".join(f" {word}" for word in problem.config.pinned)
    count = max(0, length - len(tokenizer.encode_continuation(pinned)))
    drawn = torch.randint(len(pool), (count,), generator=problem.generator(0))
    return pinned + tokenizer.decode_continuation(pool[drawn.to(pool.device)].tolist())
