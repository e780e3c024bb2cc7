"""Random search: prompts near the best ones, without any gradient. The yardstick every gradient has to beat.

Near means few tokens changed (the L0 ball) or a short way in embedding space (the L2 ball), as in the search
baselines of FUSE (arXiv 2408.04816). Cost of a step with B beams and C candidates: B x C true evaluations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from fuse_core.common.settings import Weight, WrongValue
from fuse_core.search.methods.in_place_search import Change, allowed_at, in_place_step
from fuse_core.search.methods.method import InPlaceSettings, Method, SampledSettings
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.start import start_beam

# Under l2 at 1 and 2 none of 64 prompts of eight random words is new: the nearest token is still the one the point came
# from. At 3 four of five are, with one or two tokens changed; at 4 all are, with four.
# Under nearest it is the share of the vocabulary that the code released with the paper takes.
RADII = {"l0": 1.0, "l2": 3.0, "nearest": 0.05}


class RandomSettings(InPlaceSettings, SampledSettings, frozen=True):
    """What random search can be told; no guidance, for it asks for no gradient."""

    norm: Literal["l0", "l2", "nearest"] = Field(
        default="l0",
        validation_alias=AliasChoices("norm", "ball"),
        title="Norm",
        description="What counts as near: tokens changed (l0), the distance in embedding space (l2), or one token "
        "changed to one of those nearest to it (nearest, the l2 ball of the paper's code).",
    )
    radius: Weight | None = Field(
        default=None,
        validate_default=True,
        title="Radius",
        description="Tokens changed under l0 (1 unless given), typical embedding lengths under l2 (3 unless given), "
        "share of the vocabulary under nearest (0.05 unless given, at most 1).",
    )

    @field_validator("radius", mode="after")
    @classmethod
    def _of_the_norm(cls, radius: float | None, info: ValidationInfo) -> float:
        norm = info.data.get("norm", "l0")
        if radius is not None and radius > 1 and norm == "nearest":
            raise WrongValue("must be a share of the vocabulary, from 0 to 1, under nearest.", "Lower it.")
        return RADII[norm] if radius is None else radius


def random_step(problem: Problem, before: Step, index: int) -> Step:
    """Draw ``candidates`` prompts from the ball around every beam and keep the best.

    ``radius`` is the number of tokens changed under ``l0``, and under ``l2`` the distance in embedding space as a
    multiple of the typical embedding's length; under ``nearest`` one token at a random place becomes one of that share
    of the tokens allowed there that are nearest to it.
    """
    around = {"l0": _l0, "l2": _l2, "nearest": _nearest}[problem.config.own(RandomSettings).norm]
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


def _nearest(problem: Problem, beam: Beam, parent: int, rng: torch.Generator) -> Iterator[Change]:
    settings, table = problem.config.own(RandomSettings), problem.objective.language.model.embedding_table
    assert settings.radius is not None
    pools: dict[int, list[int]] = {}
    for place in torch.randint(len(beam.ids), (settings.candidates,), generator=rng).tolist():
        if place not in pools:
            allowed = allowed_at(problem, place).nonzero()[:, 0]
            away = (table[allowed] - table[beam.ids[place]]).norm(dim=1)
            count = max(1, round(settings.radius * len(allowed)))
            pools[place] = allowed[away.topk(count, largest=False).indices].tolist()
        pool = pools[place]
        token = pool[int(torch.randint(len(pool), (1,), generator=rng))]
        yield _change(problem, beam, parent, (*beam.ids[:place], token, *beam.ids[place + 1 :]))


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
