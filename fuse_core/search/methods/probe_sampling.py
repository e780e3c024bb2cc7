"""Probe sampling for GCG (Zhao et al. 2024, arXiv 2403.01251): how many candidates are judged depends on a probe.

There a small draft model scores all candidates and the large one a random probe of them; the better the two rank the
probe alike, the fewer of the others are judged, those that the draft puts first. Here the gradient's promise is the
draft: it is there already and costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from fuse_core.common.rank_correlation import spearman
from fuse_core.search.methods.in_place_search import Change, Judged, judge_all
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam

REDUCTION = 8  # the paper's R: at most so large a part of the candidates is judged after the probe


def judge_probe(
    problem: Problem, parents: Sequence[Beam], changes: Sequence[Change], share: float, rng: torch.Generator
) -> Judged:
    """Judge a probe of the changes, and of the others as many of the most promising as the probe leaves in doubt.

    ``(1 - a) n / R`` of ``n`` changes, with ``a = (1 + Spearman's rho) / 2`` between promise and true fall on the probe
    and ``R = 8``; a probe that cannot rank counts as ``rho = 0``.

    Parameters
    ----------
    parents : sequence of Beam
        What the changes are of.
    share : float
        Of the changes, drawn by chance, at least two where there are two.

    Returns
    -------
    tuple
        The changes judged and their beams, in one order.
    """
    size = min(len(changes), max(2, round(share * len(changes))))
    order = torch.randperm(len(changes), generator=rng).tolist()
    probe, rest = [changes[k] for k in order[:size]], [changes[k] for k in order[size:]]
    judged, beams = judge_all(problem, parents, probe)
    rho = spearman([c.score for c in judged], [-(b.objective or 0.0) for b in beams]) if len(judged) > 1 else math.nan
    agreement = (1 + (0.0 if math.isnan(rho) else rho)) / 2
    count = round((1 - agreement) * len(changes) / REDUCTION)
    others = sorted(rest, key=lambda change: -change.score)[:count]
    more, their_beams = judge_all(problem, parents, others)
    return [*judged, *more], [*beams, *their_beams]
