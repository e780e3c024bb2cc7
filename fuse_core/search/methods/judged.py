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
from fuse_core.search.methods.proposal import Proposal, mean_nlls, score_proposals, target_losses
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam


class Judged(NamedTuple):
    """Proposals, their objectives, and each term's unweighted losses by name, in one order."""

    proposals: list[Proposal]
    objective: list[float]
    losses: dict[str, list[float]]


NOTHING = Judged([], [], {})


def judge(problem: Problem, beams: Sequence[Beam], read: PromptCache, proposals: Sequence[Proposal]) -> Judged:
    """Evaluate proposals, their log-probabilities made the model's own.

    Parameters
    ----------
    read : PromptCache
        Of the beams. Words of several tokens take a forward pass more.
    """
    return _judged(problem, beams, read, proposals, target_losses(problem, proposals)) if proposals else NOTHING


def judge_probed(
    problem: Problem, beams: Sequence[Beam], read: PromptCache, proposals: Sequence[Proposal], budget: int, index: int
) -> Judged:
    """Evaluate ``budget`` of the proposals, chosen as they are evaluated; step ``index`` fixes the random share."""
    if not proposals:
        return NOTHING
    objective, parts = problem.objective, []

    def evaluate(rows: list[int]) -> Tensor:
        parts.append(target_losses(problem, [proposals[row] for row in rows]))
        weighted = [term.weight * parts[-1][term.name].double() for term in objective.targets]
        return torch.stack(weighted).sum(0) if weighted else torch.zeros(len(rows), dtype=torch.float64)

    nat = objective.language.weight * fmean(1 / len(p.ids) for p in proposals)  # of log-probability, in the objective
    pool = Pool(
        fluency=objective.language.weight * torch.tensor(mean_nlls(beams, proposals), dtype=torch.float64),
        score=torch.tensor([p.score for p in proposals], dtype=torch.float64),
        beam=torch.tensor([p.parent for p in proposals]),
        is_word=torch.tensor([p.is_word for p in proposals]),
        pieces=[p.added for p in proposals],
        slope=-problem.config.own(AppendingSettings).guidance_weight * nat,
    )
    chosen = [proposals[row] for row in spend(pool, budget, evaluate, problem.generator(index))]
    targets = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return _judged(problem, beams, read, chosen, targets)


def _judged(
    problem: Problem,
    beams: Sequence[Beam],
    read: PromptCache,
    proposals: Sequence[Proposal],
    targets: dict[str, Tensor],
) -> Judged:
    log_probs = read.log_probs([p.parent for p in proposals], [p.added for p in proposals]).tolist()
    exact = [replace(p, log_prob=log_prob) for p, log_prob in zip(proposals, log_probs, strict=True)]
    return Judged(exact, *score_proposals(problem, beams, exact, targets))
