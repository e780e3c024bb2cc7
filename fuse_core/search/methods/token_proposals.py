"""Single tokens as proposals: likely after the prompt, and promising by the targets' gradients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.search.gradient_scores import standardise
from fuse_core.search.methods.method import AppendingSettings
from fuse_core.search.methods.proposal import Proposal, usable_continuations
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam


def propose_tokens(
    problem: Problem, beams: Sequence[Beam], log_probs: Tensor, count: int, index: int, beside: Sequence[Proposal] = ()
) -> list[Proposal]:
    """Single tokens, best first, so many that every beam has ``count`` proposals with those of ``beside``.

    Parameters
    ----------
    log_probs : Tensor, shape = (beams, vocabulary)
        Next-token log-probabilities of the beams.
    count : int
        Proposals a beam.
    index : int
        Number of the step; with the seed it fixes random choices.
    beside : sequence of Proposal
        Proposals made already; no text of theirs is proposed again.

    Notes
    -----
    One forward and backward pass of each target over ``beams x probe_words`` texts; none without a gradient.
    """
    settings, vocabulary = problem.config.own(AppendingSettings), problem.vocabulary
    scores = _gradient_scores(problem, beams, log_probs)
    if problem.config.guidance.blind:
        rank = torch.rand(log_probs.shape, generator=problem.generator(index))
    else:
        rank = log_probs + settings.guidance_weight * scores
    log_probs, scores, rank = log_probs.cpu(), scores.cpu(), rank.cpu()  # at once: single numbers are read off below
    every, words = vocabulary.allowed.cpu(), (vocabulary.allowed & vocabulary.starts_word).cpu()
    texts = {p.text for p in beside}
    already = Counter(p.parent for p in beside)
    proposals: list[Proposal] = []
    for k, beam in enumerate(beams):
        # The first token must not lengthen the prefix's last word.
        allowed = every if beam.ids else words
        usable = rank[k].masked_fill(~allowed, float("-inf"))
        # Half as many again: some do not survive re-tokenisation or belong to another beam already.
        ranked = usable.topk(min(count * 3 // 2 + 8, int(allowed.sum()))).indices.tolist()
        fresh = [
            Proposal(k, row[-1:], row, text, float(log_probs[k, row[-1]]), float(scores[k, row[-1]]))
            for _, row, text in usable_continuations(problem, beam, [(token,) for token in ranked])
            if text not in texts
        ][: count - already[k]]
        texts |= {p.text for p in fresh}
        proposals += fresh
    return proposals


def _gradient_scores(problem: Problem, beams: Sequence[Beam], log_probs: Tensor) -> Tensor:
    """Standardised gradient scores, shape = (beams, vocabulary); zeros without a gradient.

    A token that lengthens the last word is scored as if it began one: too little for it, so its z is capped at 0 and
    the language model alone speaks for it.
    """
    vocabulary = problem.vocabulary
    raw = problem.scores([b.text for b in beams])
    if raw is None:
        return torch.zeros_like(log_probs)
    z = standardise(raw, vocabulary.allowed & vocabulary.starts_word)
    return torch.where(vocabulary.starts_word, z, z.clamp_max(0.0))
