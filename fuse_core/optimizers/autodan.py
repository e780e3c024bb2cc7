"""AutoDAN: write a prompt token by token (Zhu et al. 2023), guided by a carried gradient (FUSE, arXiv 2408.04816).

Cost of a step with B beams and C candidates: one batched language-model forward over B prompts; for each target
one forward-backward over B x dummies texts and one encoding of at most B x C distinct texts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.errors import UserError
from fuse_core.guidance import standardise
from fuse_core.optimizers.problem import Problem
from fuse_core.optimizers.records import Beam, Candidate, Step

FRONTIER = 4  # prompts a uniform-cost search keeps, as a multiple of those it extends in a step


@dataclass(frozen=True)
class _Proposal:
    parent: int
    token: int
    ids: tuple[int, ...]
    text: str
    log_prob: float
    score: float


def autodan_step(problem: Problem, beams: Sequence[Beam], index: int) -> Step:
    """Extend every beam by one token and keep the best prompts.

    Parameters
    ----------
    problem : Problem
    beams : sequence of Beam
        The prompts to extend, best first. Under ``uniform-cost`` the frontier: the best of it are extended, the others
        wait for their turn.
    index : int
        Number of the new step, 1 for the first; with the seed it fixes all random choices.

    Returns
    -------
    Step
        Candidates are ranked by their true objective; the gradient only proposed them.
    """
    started = time.perf_counter()
    width = problem.config.width
    waiting: Sequence[Beam] = ()
    if problem.config.search == "uniform-cost":
        beams, waiting = beams[:width], beams[width:]
    forwards = problem.objective.language.forwards
    log_probs = problem.objective.language.next_log_probs([b.ids for b in beams])  # (beams, vocabulary)
    scores = _gradient_scores(problem, beams, log_probs)
    proposals = _propose(problem, beams, log_probs, scores, index)
    if not proposals:
        raise UserError(
            "No token can continue this prompt.",
            "Go back a step, raise the number of candidates, shorten the prefix, or pin and ban fewer words.",
        )
    objective, losses = _score(problem, beams, proposals)
    order = sorted(range(len(proposals)), key=lambda k: (objective[k], proposals[k].text))
    room = width * FRONTIER if problem.config.search == "uniform-cost" else width
    candidates, kept = [], []
    for rank, k in enumerate(order):
        proposal = proposals[k]
        own = {name: values[k] for name, values in losses.items()}
        candidates.append(
            Candidate(
                text=proposal.text,
                token=problem.vocabulary.texts[proposal.token],
                token_id=proposal.token,
                parent=proposal.parent,
                objective=objective[k],
                losses=own,
                log_prob=proposal.log_prob,
                score=proposal.score,
                kept=rank < room,
            )
        )
        if rank < room:
            nll = beams[proposal.parent].nll - proposal.log_prob
            kept.append(Beam(proposal.ids, proposal.text, objective[k], own, nll))
    beams_after = sorted([*kept, *waiting], key=lambda b: (b.objective or 0.0, b.text))[:room]
    return Step(
        index=index,
        beams=tuple(beams_after),
        candidates=tuple(candidates),
        words=problem.word_strengths(beams_after[0].text),
        evaluations=len(proposals),
        forwards=problem.objective.language.forwards - forwards,
        seconds=time.perf_counter() - started,
    )


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


def _propose(problem: Problem, beams: Sequence[Beam], log_probs: Tensor, scores: Tensor, index: int) -> list[_Proposal]:
    config, vocabulary = problem.config, problem.vocabulary
    if config.guidance == "random":
        generator = torch.Generator().manual_seed(config.seed * 100_003 + index)
        rank = torch.rand(log_probs.shape, generator=generator).to(log_probs.device)
    else:
        rank = log_probs + config.guidance_weight * scores
    proposals: dict[str, _Proposal] = {}
    for k, beam in enumerate(beams):
        # The first token must not lengthen the prefix's last word.
        allowed = vocabulary.allowed if beam.ids else vocabulary.allowed & vocabulary.starts_word
        usable = rank[k].masked_fill(~allowed, float("-inf"))
        # Half as many again: some do not survive re-tokenisation or belong to another beam already.
        ranked = usable.topk(min(config.candidates * 3 // 2 + 8, int(allowed.sum()))).indices.tolist()
        fresh = [p for p in _continuations(problem, k, beam, ranked, log_probs, scores) if p.text not in proposals]
        proposals |= {p.text: p for p in fresh[: config.candidates]}
    return list(proposals.values())


def _continuations(problem: Problem, parent: int, beam: Beam, tokens: list[int], log_probs: Tensor, scores: Tensor):
    """Continuations that fit the target's context and whose text the tokenizer cuts back into the same ids.

    So the loss of the text is the loss found.
    """
    tokenizer = problem.objective.language.model.tokenizer
    ids = [(*beam.ids, token) for token in tokens]
    texts = tokenizer.decode_batch(ids)
    again = tokenizer.encode_batch(texts)
    for token, row, text, recut, fits in zip(tokens, ids, texts, again, problem.fits(texts), strict=True):
        if fits and tuple(recut) == row:
            yield _Proposal(parent, token, row, text, float(log_probs[parent, token]), float(scores[parent, token]))


def _score(
    problem: Problem, beams: Sequence[Beam], proposals: Sequence[_Proposal]
) -> tuple[list[float], dict[str, list[float]]]:
    """True objective and losses of every proposal; the LM's come from the one forward pass already made."""
    objective = problem.objective
    if not objective.language.is_running_sum:
        language = objective.language.losses([p.ids for p in proposals])
    else:
        sums = [beams[p.parent].nll - p.log_prob for p in proposals]
        language = torch.tensor([s / len(p.ids) for s, p in zip(sums, proposals, strict=True)], dtype=torch.float64)
    losses = {objective.language.name: language}
    for term in objective.targets:
        losses[term.name] = term.losses([p.text for p in proposals]).cpu()
    total = objective.combine(losses)
    return total.tolist(), {name: values.double().tolist() for name, values in losses.items()}


def best_beam(steps: Sequence[Step]) -> Beam:
    """The prompt of lowest objective over all steps; the empty prompt when there was no step."""
    found = [b for step in steps for b in step.beams if b.objective is not None]
    return min(found, key=lambda b: b.objective if b.objective is not None else 0.0) if found else Beam()
