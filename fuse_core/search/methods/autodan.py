"""AutoDAN: write a prompt token by token (Zhu et al. 2023), guided by a carried gradient (FUSE, arXiv 2408.04816).

Beyond the papers it may append whole words, retrieved for the picture, in place of tokens or beside them.

Cost of a step with B beams and C candidates: one batched language-model forward over B prompts; for each target
one forward-backward over B x dummies texts and one encoding of at most B x C distinct texts. Words take forward passes
of their own tokens more, the prompts' keys and values reused, and one text encoding a beam. Finished prompts take one
forward pass more over the tokens added to the best ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from torch import Tensor

from fuse_core.models.prompt_cache import PromptCache
from fuse_core.search.finished import finish
from fuse_core.search.methods.autodan_settings import AutoDANSettings
from fuse_core.search.methods.judged import Judged, judge, judge_probed
from fuse_core.search.methods.label_phrases import propose_phrases, unlike
from fuse_core.search.methods.method import Method
from fuse_core.search.methods.pinned_proposals import nothing_to_append, pinned_continuations
from fuse_core.search.methods.probed_budget import POOL
from fuse_core.search.methods.proposal import Proposal
from fuse_core.search.methods.token_proposals import propose_tokens
from fuse_core.search.methods.word_proposals import propose_words
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Candidate, Step
from fuse_core.search.start import random_beam

FRONTIER = 4  # prompts a uniform-cost search keeps unless told, as a multiple of those it extends in a step


def autodan_step(problem: Problem, beams: Sequence[Beam], index: int) -> Step:
    """Extend every beam by one token or word and keep the best prompts.

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
    settings, width = problem.config.own(AutoDANSettings), problem.config.width
    uniform = settings.search == "uniform-cost"
    beams, waiting = (beams[:width], beams[width:]) if uniform else (beams, ())
    language = problem.objective.language
    passes_before = language.n_forward_passes
    read = language.read([beam.ids for beam in beams])
    proposals, objective, losses = _judged(problem, beams, read, index)
    if not proposals:
        raise nothing_to_append(problem, beams)
    order = sorted(range(len(proposals)), key=lambda k: (objective[k], proposals[k].text))
    room = (settings.frontier_size or width * FRONTIER) if uniform else width
    own = [{name: values[k] for name, values in losses.items()} for k in range(len(proposals))]
    ranked = [_beam(beams, proposals[k], objective[k], own[k]) for k in order]
    finished = finish(problem, ranked, lambda chosen: _after(read, [proposals[order[k]] for k in chosen]))
    # A new prompt may be worse than all that wait, and then it is none of the beams.
    beams_after = sorted([*ranked[:room], *waiting], key=lambda b: (b.objective or 0.0, b.text))[:room]
    kept = {beam.text for beam in beams_after}
    candidates = [_candidate(beams, proposals[k], objective[k], own[k], proposals[k].text in kept) for k in order]
    return Step(
        index=index,
        beams=tuple(beams_after),
        candidates=tuple(candidates),
        words=problem.word_strengths(beams_after[0].text),
        finished_prompts=finished,
        finished_words=problem.word_strengths(finished[0].text) if finished else (),
        evaluations=len(proposals),
        n_forward_passes=language.n_forward_passes - passes_before,
        seconds=time.perf_counter() - started,
    )


def _beam(beams: Sequence[Beam], proposal: Proposal, objective: float, losses: dict[str, float]) -> Beam:
    nll = beams[proposal.parent].nll - proposal.log_prob
    return Beam(proposal.ids, proposal.text, objective, losses, nll)


def _candidate(
    beams: Sequence[Beam], proposal: Proposal, objective: float, losses: dict[str, float], kept: bool
) -> Candidate:
    return Candidate(
        text=proposal.text,
        token=proposal.text[len(beams[proposal.parent].text) :],
        token_id=proposal.added[0] if len(proposal.added) == 1 else None,
        parent=proposal.parent,
        objective=objective,
        losses=losses,
        log_prob=proposal.log_prob,
        score=proposal.score,
        kept=kept,
    )


def _after(read: PromptCache, proposals: Sequence[Proposal]) -> Tensor:
    return read.next_after([p.parent for p in proposals], [p.added for p in proposals])


def _judged(problem: Problem, beams: Sequence[Beam], read: PromptCache, index: int) -> Judged:
    """A step's continuations: the best of each beam, or those of a wider set that a probe chose.

    Where none may be tried for want of pinned words, those words themselves.
    """
    found = _usual(problem, beams, read, index)
    return found if found.proposals else judge(problem, beams, read, pinned_continuations(problem, beams))


def _usual(problem: Problem, beams: Sequence[Beam], read: PromptCache, index: int) -> Judged:
    settings = problem.config.own(AutoDANSettings)
    if settings.budget == "even" or problem.config.guidance.blind:
        return judge(problem, beams, read, _propose(problem, beams, read, settings.candidates, index))
    proposals = _propose(problem, beams, read, settings.candidates * POOL, index)
    return judge_probed(problem, beams, read, proposals, settings.candidates * len(beams), index)


def _propose(problem: Problem, beams: Sequence[Beam], read: PromptCache, candidates: int, index: int) -> list[Proposal]:
    """Tokens, words, or of each half, ``candidates`` a beam in all; the log-probabilities of words are estimates."""
    source, log_probs = problem.word_source, read.next_log_probs
    if source is None:
        return propose_tokens(problem, beams, log_probs, candidates, index)
    settings = problem.config.own(AutoDANSettings)
    count = candidates if settings.unit == "word" else (candidates + 1) // 2
    phrases = propose_phrases(problem, source, beams, log_probs, count // 3)
    words = propose_words(problem, source, beams, log_probs, count - count // 3 if phrases else count, index)
    words += unlike(phrases, words)
    if settings.unit == "word":
        return words
    return [*words, *propose_tokens(problem, beams, log_probs, candidates, index, words)]


METHOD = Method(
    name="autodan",
    label="AutoDAN",
    help="appends a token or a word a step",
    note="**AutoDAN** ([Zhu et al. 2023](https://arxiv.org/abs/2310.15140)) appends a token or a word a step. One "
    "language-model pass serves all tokens of all beams, one more all words; the image model reads every candidate "
    "once.",
    settings=AutoDANSettings,
    start=lambda problem: random_beam(problem, problem.config.own(AutoDANSettings).initial_tokens),
    step=lambda problem, before, index: autodan_step(problem, before.beams, index),
    order=0,
)
