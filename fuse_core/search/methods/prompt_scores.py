"""Prompts with their true objective, as beams."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam


def score_prompts(
    problem: Problem,
    rows: Sequence[tuple[int, ...]],
    texts: Sequence[str],
    parents: Sequence[tuple[int, ...]] | None = None,
) -> list[Beam]:
    """Prompts, given as ids and as their text, with their true objective. One batched evaluation by every model.

    ``parents``: the ids that each was changed from, which spares the language model what they share.
    """
    if not rows:
        return []
    totals, losses = problem.objective.evaluate(texts, parents)
    values = {name: row.tolist() for name, row in losses.items()}
    found = []
    for k, (ids, text, total) in enumerate(zip(rows, texts, totals.tolist(), strict=True)):
        own = {name: row[k] for name, row in values.items()}
        found.append(Beam(ids, text, total, own, _nll(problem, ids, own)))
    return found


def _nll(problem: Problem, ids: Sequence[int], losses: dict[str, float]) -> float:
    """A prompt's summed negative log-likelihood, which AutoDAN adds to when it goes on from here; 0 where unused."""
    language = problem.objective.language
    return losses[language.name] * len(ids) if language.is_running_sum else 0.0
