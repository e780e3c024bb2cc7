"""What a step proposes: a prompt's continuation, which ones may be, and their true objective."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.search.config import CaptionConfig
from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.methods.method import AppendingSettings
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam
from fuse_core.words.articles import article_faults
from fuse_core.words.repetition import repetitions
from fuse_core.words.vulgar import is_vulgar


@dataclass(frozen=True)
class Proposal:
    """A continuation of a beam.

    Attributes
    ----------
    parent : int
        Index of the beam.
    added : tuple of int
        The tokens it appends: one, or those of a word.
    ids : tuple of int
        All tokens of the prompt.
    text : str
    log_prob : float
        Log-probability of the added tokens after the beam, in nats.
    score : float
        What the target's side said for it, in standard deviations.
    is_word : bool
        Whether it is a retrieved word, and not a token.
    """

    parent: int
    added: tuple[int, ...]
    ids: tuple[int, ...]
    text: str
    log_prob: float
    score: float
    is_word: bool = False


def usable_continuations(
    problem: Problem, beam: Beam, pieces: Sequence[tuple[int, ...]]
) -> Iterator[tuple[int, tuple[int, ...], str]]:
    """Of the token groups that may be appended to a beam, those that can be judged exactly: (index, ids, text).

    Those are left out that add a fault, as the settings have it: vulgar words, "a" before a vowel where captions are
    phrases, content words said again. The faults that a beam, written by hand, has already were asked for.
    """
    rows = [(*beam.ids, *piece) for piece in pieces]
    faults = _faults(problem.config)
    before = faults(beam.text)
    for k, text in exact_prompts(problem, rows):
        if all(now <= then for now, then in zip(faults(text), before, strict=True)):
            yield k, rows[k], text


def _faults(config: CaptionConfig) -> Callable[[str], list[int]]:
    """How often a prompt does each thing that the settings rule out."""
    counts: list[Callable[[str], int]] = [is_vulgar]
    if ends_freely(config):
        counts.append(lambda text: article_faults(config.prefix + text))
    if config.own(AppendingSettings).repeats == "never":
        counts.append(lambda text: repetitions(config.prefix + text))
    return lambda text: [count(text) for count in counts]


def exact_prompts(problem: Problem, rows: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, str]]:
    """Of prompts given as ids, those that can be judged exactly: (index, text).

    They fit every model's context, and the tokenizer cuts their text back into the same ids, so that the loss found is
    the loss of the text. Those that the word filter removes are left out.
    """
    language = problem.objective.language
    texts = language.model.tokenizer.decode_continuations(rows)
    again = language.model.tokenizer.encode_continuations(texts)
    fitting = zip(problem.fits(texts), language.fits(rows), strict=True)
    for k, (row, text, recut, fits) in enumerate(zip(rows, texts, again, fitting, strict=True)):
        if all(fits) and tuple(recut) == row and problem.passes(text):
            yield k, text


def target_losses(problem: Problem, proposals: Sequence[Proposal]) -> dict[str, Tensor]:
    """Every target's loss of each proposal, shape = (proposals,), by its name. One encoding a target and proposal."""
    return {term.name: term.losses([p.text for p in proposals]).cpu() for term in problem.objective.targets}


def score_proposals(
    problem: Problem, beams: Sequence[Beam], proposals: Sequence[Proposal], targets: dict[str, Tensor]
) -> tuple[list[float], dict[str, list[float]]]:
    """True objective and losses of every proposal; the LM's come from the forward passes already made."""
    objective = problem.objective
    if not objective.language.is_running_sum:
        language = objective.language.losses([p.ids for p in proposals])
    else:
        language = torch.tensor(mean_nlls(beams, proposals), dtype=torch.float64)
    losses = {objective.language.name: language, **targets}
    total = objective.combine(losses)
    return total.tolist(), {name: values.tolist() for name, values in losses.items()}


def mean_nlls(beams: Sequence[Beam], proposals: Sequence[Proposal]) -> list[float]:
    """The mean negative log-likelihood of the tokens of each proposal's prompt, in nats."""
    return [(beams[p.parent].nll - p.log_prob) / len(p.ids) for p in proposals]
