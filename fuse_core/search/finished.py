"""Captions that end: prompts judged together with an end after them.

Beyond the papers. A prompt of fixed length breaks off where its tokens run out, for the language model's loss says
nothing of what may not follow. So the end is scored as one token more: with ``n`` tokens and an end of any kind (a full
stop, a line break, end-of-text), the fluency of a finished prompt is ``(NLL of its tokens + NLL of an end) / (n + 1)``;
its other losses stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress, islice

import torch
from torch import Tensor

from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam
from fuse_core.words.closed_class import ends_as_phrase, is_whole_word
from fuse_core.words.repetition import WORD

TRIED = 2  # prompts finished in a step, as a multiple of those kept
# Probability of a letter next from which a word counts as half of one. On 9 pictures to choose settings by, 42 of the
# 2,581 prompts that could end by their spelling went over it, most on halves that word lists hold: es(presso), po(ny).
HALF_A_WORD = 0.5


def finish(
    problem: Problem, prompts: Sequence[Beam], next_log_probs: Callable[[list[int]], Tensor]
) -> tuple[Beam, ...]:
    """The best prompts that can end, finished; best first.

    Parameters
    ----------
    problem : Problem
    prompts : sequence of Beam
        Judged prompts, best first.
    next_log_probs : callable
        Indices of prompts -> log-probabilities of every next token, shape = (indices, vocabulary). Called once at most.

    Returns
    -------
    tuple of Beam
        Texts and ids without an end, ``nll`` and losses with it; at most ``TRIED`` a beam, without those whose last
        word the language model would rather lengthen. None where prompts do not compete as finished ones.
    """
    if not ends_freely(problem.config):
        return ()
    chosen = list(islice((k for k, p in enumerate(prompts) if may_end(p.text)), TRIED * problem.config.width))
    if not chosen:
        return ()
    log_probs = next_log_probs(chosen)
    ends, longer = (log_probs[:, ids].logsumexp(1) for ids in (problem.vocabulary.ends, problem.vocabulary.letters))
    whole = (longer.exp() < HALF_A_WORD).tolist()
    nlls = zip(chosen, (-ends).tolist(), strict=True)
    finished = [_finished(problem, prompts[k], nll) for k, nll in compress(nlls, whole)]
    return tuple(sorted(finished, key=lambda beam: (beam.objective or 0.0, beam.text)))


def may_end(text: str) -> bool:
    """Whether a prompt can be a caption: whole English words, the last of which can end a phrase, no mark after it."""
    breaks_off = not text[-1:].isalpha() or text.endswith("'s") or not ends_as_phrase(text)
    return not breaks_off and all(map(_is_whole, WORD.findall(text.lower())))


def _is_whole(word: str) -> bool:
    """Word lists hold every letter, but for a caption these are words: a, I, and the s after an apostrophe."""
    return is_whole_word(word) if len(word) > 1 else word in "ais"


def _finished(problem: Problem, prompt: Beam, end: float) -> Beam:
    assert prompt.losses is not None
    nll, name = prompt.nll + end, problem.objective.language.name
    losses = {**prompt.losses, name: nll / (len(prompt.ids) + 1)}
    total = problem.objective.combine(
        {key: torch.tensor([value], dtype=torch.float64) for key, value in losses.items()}
    )
    return replace(prompt, objective=float(total), losses=losses, nll=nll)
