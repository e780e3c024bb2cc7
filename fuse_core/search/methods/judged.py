"""Proposals with their true objective: all that were proposed, or those of a wider set that a probe chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor

from fuse_core.models.prompt_cache import PromptCache
from fuse_core.search.methods.method import AppendingSettings
from fuse_core.search.methods.probed_budget import Pool, spend
from fuse_core.search.methods.proposal import Proposal, score_proposals
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam


class Judged(NamedTuple):
    """Proposals, their objectives, and each term's unweighted losses by name, in one order."""

    proposals: list[Proposal]
    objective: list[float]
    losses: dict[str, list[float]]


def judge(problem: Problem, beams: Sequence[Beam], read: PromptCache, proposals: Sequence[Proposal]) -> Judged:
    """Evaluate proposals, their log-probabilities made the model's own.

    Parameters
    ----------
    read : PromptCache
        Of the beams. Words of several tokens take a forward pass more.
    """
    if not proposals:
        return Judged([], [], {})
    log_probs = read.log_probs([p.parent for p in proposals], [p.added for p in proposals]).tolist()
    exact = [replace(p, log_prob=log_prob) for p, log_prob in zip(proposals, log_probs, strict=True)]
    return Judged(exact, *score_proposals(problem, beams, exact))


def judge_probed(
    problem: Problem, beams: Sequence[Beam], read: PromptCache, proposals: Sequence[Proposal], budget: int, index: int
) -> Judged:
    """Evaluate ``budget`` of the proposals, chosen as they are evaluated; step ``index`` fixes the random share."""
    if not proposals:
        return Judged([], [], {})
    parts: list[Judged] = []

    def unknown(rows: list[int]) -> Tensor:
        parts.append(judge(problem, beams, read, [proposals[row] for row in rows]))
        return torch.tensor(parts[-1].objective, dtype=torch.float64) - _fluency(problem, beams, parts[-1].proposals)

    nat = problem.objective.language.weight * fmean(1 / len(p.ids) for p in proposals)  # of fluency, in the objective
    pool = Pool(
        known=_fluency(problem, beams, proposals),
        score=torch.tensor([p.score for p in proposals], dtype=torch.float64),
        beam=torch.tensor([p.parent for p in proposals]),
        is_word=torch.tensor([p.is_word for p in proposals]),
        pieces=[p.added for p in proposals],
        slope=-problem.config.own(AppendingSettings).guidance_weight * nat,
    )
    spend(pool, budget, unknown, problem.generator(index))
    return Judged(
        [p for part in parts for p in part.proposals],
        [value for part in parts for value in part.objective],
        {name: [value for part in parts for value in part.losses[name]] for name in parts[0].losses},
    )


def _fluency(problem: Problem, beams: Sequence[Beam], proposals: Sequence[Proposal]) -> Tensor:
    """The weighted mean negative log-likelihood of each proposal's prompt, shape = (proposals,).

    All of the language model's term, or what stands for it where that is read off the text anew.
    """
    means = [(beams[p.parent].nll - p.log_prob) / len(p.ids) for p in proposals]
    return problem.objective.language.weight * torch.tensor(means, dtype=torch.float64)
