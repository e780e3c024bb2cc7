"""PEZ: gradient descent in embedding space, with the gradient taken at the nearest tokens (Wen et al. 2023).

FUSE carries the targets' gradients to the point in the source's space. Cost of a step with M inner steps: M forward and
backward passes of the language model and of each target, and M true evaluations in one batch.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import AliasChoices, Field
from torch import Tensor

from fuse_core.common.options import OneOf
from fuse_core.common.settings import Weight
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.methods.in_place_search import Change, in_place_step
from fuse_core.search.methods.method import GuidanceName, GuidedSettings, InPlaceSettings, Method
from fuse_core.search.methods.prompt_gradient import carried_gradient
from fuse_core.search.problem import Problem
from fuse_core.search.records import Step
from fuse_core.search.start import start_beam

# At a rate of 1 another token is seldom the nearest before the fourth move, and the moves before find nothing new.
# Best objective after ten moves, mean of three tuning pictures (moose, dam, drums): 20.1 at 2, 19.6 at 3, 18.1 at 5.
RATE = 5.0


class PEZSettings(InPlaceSettings, GuidedSettings, frozen=True):
    """What PEZ can be told."""

    # A gradient in the image model's own space cannot move a point of the language model's.
    guidance: Annotated[GuidanceName, OneOf(GUIDANCES, lambda guidance: guidance.name not in ("target", "words"))] = (
        "fuse"
    )
    rate: Weight = Field(
        default=RATE, title="Rate", description="How far a token moves at a time, in typical embedding lengths."
    )

    inner_steps: int = Field(
        default=4,
        ge=1,
        le=256,
        validation_alias=AliasChoices("inner_steps", "moves"),
        title="Inner steps",
        description="Moves a step; the nearest tokens after each are judged.",
    )

    @property
    def judged(self) -> int:
        return self.inner_steps

    @property
    def moves_embeddings(self) -> bool:
        return True


def pez_step(problem: Problem, before: Step, index: int) -> Step:
    """Move the soft prompt ``inner_steps`` times against the gradient at its projection; judge every projection.

    The soft prompt itself is kept with the step, as ``soft_prompt``. Pinned words stay where they are.
    """
    table = problem.objective.language.model.embedding_table
    start = before.beams[0].ids
    point = _point(before.soft_prompt, table, start)
    # The gradient is taken at the projected point, which need not be the best prompt so far.
    at = _project(problem, point, start) if before.soft_prompt else start
    rng = problem.generator(index)
    changes: list[Change] = []

    def descend() -> list[Change]:
        nonlocal point, at
        for _ in range(problem.config.own(PEZSettings).inner_steps):
            point, at, promise = _moved(problem, point, at, rng)
            text = problem.objective.language.model.tokenizer.decode_continuation(at)
            changes.append(Change(0, at, text, at[0], promise))
        return changes

    return in_place_step(problem, before.beams, index, descend, lambda: tuple(point.flatten().tolist()))


def _moved(
    problem: Problem, point: Tensor, at: tuple[int, ...], rng: torch.Generator
) -> tuple[Tensor, tuple[int, ...], float]:
    """The point after one move, its projection, and the fall of the objective that the gradient promised.

    Each token moves by ``rate`` times the typical embedding's length, in the gradient's direction: AdamW of the
    original would add two more points to remember.
    """
    gradient = _direction(problem, at, rng)
    reach = problem.config.own(PEZSettings).rate * problem.projection.typical_length
    moved = point - reach * gradient / gradient.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return moved, _project(problem, moved, at), float((gradient * (point - moved)).sum())


def _direction(problem: Problem, at: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """The gradient, shape = (tokens, d_src); a random direction in its place where nothing is to guide."""
    if problem.config.guidance.blind:
        table = problem.objective.language.model.embedding_table
        return torch.randn(len(at), table.shape[1], generator=rng).to(table)
    return carried_gradient(problem, at, problem.objective.language.model.tokenizer.decode_continuation(at))


def _project(problem: Problem, point: Tensor, at: tuple[int, ...]) -> tuple[int, ...]:
    """The nearest tokens; those of ``at`` where a word is pinned."""
    nearest, held = problem.projection.nearest(point), problem.pinned_places(at)
    return tuple(old if keep else new for old, new, keep in zip(at, nearest, held, strict=True))


def _point(soft_prompt: tuple[float, ...], table: Tensor, ids: tuple[int, ...]) -> Tensor:
    """The soft prompt, shape = (tokens, d_src): remembered, or the start's own embeddings."""
    if soft_prompt:
        return torch.tensor(soft_prompt, dtype=torch.float64).to(table.dtype).to(table.device).view(-1, table.shape[1])
    return table[torch.tensor(ids, device=table.device)].clone()


METHOD = Method(
    name="pez",
    label="PEZ",
    help="moves tokens through embedding space",
    note="**PEZ** ([Wen et al. 2023](https://arxiv.org/abs/2302.03668)) moves the prompt through embedding space along "
    "the gradient at its nearest tokens. An inner step costs a forward and a backward pass, and one for the objective "
    "of the nearest tokens.",
    settings=PEZSettings,
    start=start_beam,
    step=pez_step,
    when_idle="Raise the rate or the number of inner steps.",
    order=2,
)
