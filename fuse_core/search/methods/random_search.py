"""Random search: prompts near the best ones, without any gradient. The yardstick every gradient has to beat.

Near means few tokens changed (the L0 ball) or few steps away in embedding space (the L2 ball), as in the search
baselines of FUSE (arXiv 2408.04816). Cost of a step with B beams and C candidates: B x C true evaluations.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from fuse_core.search.methods.in_place_search import Change, allowed_at, in_place_step
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step


def random_step(problem: Problem, before: Step, index: int) -> Step:
    """Draw ``candidates`` prompts from the ball around every beam and keep the best.

    ``radius`` is the number of tokens changed under ``l0``, and under ``l2`` the distance in embedding space as a
    multiple of the typical embedding's length.
    """
    around = _l0 if problem.config.ball == "l0" else _l2
    draw = problem.generator(index)

    def changes() -> list[Change]:
        return [change for k, beam in enumerate(before.beams) for change in around(problem, beam, k, draw)]

    return in_place_step(problem, before.beams, index, changes)


def _l0(problem: Problem, beam: Beam, parent: int, draw: torch.Generator) -> Iterator[Change]:
    pools = [allowed_at(problem, place).nonzero()[:, 0].tolist() for place in (0, 1)]
    count = min(max(1, round(problem.config.radius)), len(beam.ids))
    for _ in range(problem.config.candidates):
        ids = list(beam.ids)
        for place in torch.randperm(len(ids), generator=draw)[:count].tolist():
            pool = pools[min(place, 1)]
            ids[place] = pool[int(torch.randint(len(pool), (1,), generator=draw))]
        yield _change(problem, beam, parent, tuple(ids))


def _l2(problem: Problem, beam: Beam, parent: int, draw: torch.Generator) -> Iterator[Change]:
    projection = problem.projection
    table = problem.objective.language.model.embedding_table
    center = table[torch.tensor(beam.ids, device=table.device)]
    reach = problem.config.radius * projection.typical_length
    for _ in range(problem.config.candidates):
        direction = torch.randn(center.shape, generator=draw).to(table.device)
        direction = direction / direction.norm(dim=1, keepdim=True)
        yield _change(problem, beam, parent, projection.nearest(center + reach * direction))


def _change(problem: Problem, beam: Beam, parent: int, ids: tuple[int, ...]) -> Change:
    new = [b for a, b in zip(beam.ids, ids, strict=True) if a != b] or [ids[0]]
    return Change(parent, ids, "".join(problem.vocabulary.texts[token] for token in new), new[0])
