"""Random search: prompts near the best ones, without any gradient. The yardstick every gradient has to beat.

Near means few tokens changed (the L0 ball) or a short way in embedding space (the L2 ball), as in the search
baselines of FUSE (arXiv 2408.04816). Cost of a step with B beams and C candidates: B x C true evaluations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from fuse_core.common.settings import Weight
from fuse_core.search.methods.in_place_search import Change, allowed_at, in_place_step
from fuse_core.search.methods.method import InPlaceSettings, Method, SampledSettings
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.start import start_beam

# Under l2 at 1 and 2 none of 64 prompts of eight random words is new: the nearest token is still the one the point came
# from. At 3 four of five are, with one or two tokens changed; at 4 all are, with four.
RADII = {"l0": 1.0, "l2": 3.0}


class RandomSettings(InPlaceSettings, SampledSettings, frozen=True):
    """What random search can be told; no guidance, for it asks for no gradient."""

    norm: Literal["l0", "l2"] = Field(
        default="l0",
        validation_alias=AliasChoices("norm", "ball"),
        title="Norm",
        description="What counts as near: tokens changed (l0), or the distance in embedding space (l2).",
    )
    radius: Weight | None = Field(
        default=None,
        validate_default=True,
        title="Radius",
        description="Tokens changed under l0 (1 unless given), typical embedding lengths under l2 (3 unless given).",
    )

    @field_validator("radius", mode="after")
    @classmethod
    def _of_the_norm(cls, radius: float | None, info: ValidationInfo) -> float:
        return RADII[info.data.get("norm", "l0")] if radius is None else radius


def random_step(problem: Problem, before: Step, index: int) -> Step:
    """Draw ``candidates`` prompts from the ball around every beam and keep the best.

    ``radius`` is the number of tokens changed under ``l0``, and under ``l2`` the distance in embedding space as a
    multiple of the typical embedding's length.
    """
    around = _l0 if problem.config.own(RandomSettings).norm == "l0" else _l2
    rng = problem.generator(index)

    def changes() -> list[Change]:
        return [change for k, beam in enumerate(before.beams) for change in around(problem, beam, k, rng)]

    return in_place_step(problem, before.beams, index, changes)


def _l0(problem: Problem, beam: Beam, parent: int, rng: torch.Generator) -> Iterator[Change]:
    settings = problem.config.own(RandomSettings)
    assert settings.radius is not None
    pools = [allowed_at(problem, place).nonzero()[:, 0].tolist() for place in (0, 1)]
    count = min(max(1, round(settings.radius)), len(beam.ids))
    for _ in range(settings.candidates):
        ids = list(beam.ids)
        for place in torch.randperm(len(ids), generator=rng)[:count].tolist():
            pool = pools[min(place, 1)]
            ids[place] = pool[int(torch.randint(len(pool), (1,), generator=rng))]
        yield _change(problem, beam, parent, tuple(ids))


def _l2(problem: Problem, beam: Beam, parent: int, rng: torch.Generator) -> Iterator[Change]:
    settings, projection = problem.config.own(RandomSettings), problem.projection
    table = problem.objective.language.model.embedding_table
    center = table[torch.tensor(beam.ids, device=table.device)]
    assert settings.radius is not None
    reach = settings.radius * projection.typical_length
    for _ in range(settings.candidates):
        direction = torch.randn(center.shape, generator=rng).to(table.device)
        direction = direction / direction.norm(dim=1, keepdim=True)
        yield _change(problem, beam, parent, projection.nearest(center + reach * direction))


def _change(problem: Problem, beam: Beam, parent: int, ids: tuple[int, ...]) -> Change:
    new = [b for a, b in zip(beam.ids, ids, strict=True) if a != b] or [ids[0]]
    return Change(parent, ids, "".join(problem.vocabulary.texts[token] for token in new), new[0])


METHOD = Method(
    name="random",
    label="Random search",
    help="replaces tokens blindly",
    note="**Random search** (the baseline of [FUSE](https://arxiv.org/abs/2408.04816)) draws prompts near the best "
    "ones and looks at no gradient. A step costs a language-model pass for every candidate, in batches.",
    settings=RandomSettings,
    start=start_beam,
    step=random_step,
    when_idle="Raise the radius or the number of candidates.",
    order=3,
)
