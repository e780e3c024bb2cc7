"""PEZ: gradient descent in embedding space, with the gradient taken at the nearest tokens (Wen et al. 2023).

FUSE carries the targets' gradients to the point in the source's space. Cost of a step with M inner steps: M forward and
backward passes of the language model and of each target, and M true evaluations in one batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.common.devices import CPU
from fuse_core.search.methods.in_place_search import Change, in_place_step
from fuse_core.search.methods.method import Method
from fuse_core.search.methods.pez_settings import PEZSettings
from fuse_core.search.methods.prompt_gradient import carried_gradient
from fuse_core.search.problem import Problem
from fuse_core.search.records import Step
from fuse_core.search.start import start_beam


def pez_step(problem: Problem, before: Step, index: int) -> Step:
    """Move the soft prompt ``inner_steps`` times against the gradient at its projection; judge every projection.

    The soft prompt itself is kept with the step, as ``soft_prompt``. Pinned words stay where they are.
    """
    table = problem.objective.language.model.embedding_table
    start = before.beams[0].ids
    soft = _Soft(_point(before.soft_prompt, table, start), before.optimiser_state)
    # The gradient is taken at the projected point, which need not be the best prompt so far.
    at = _project(problem, soft.point, start) if before.soft_prompt else start
    rng = problem.generator(index)
    changes: list[Change] = []

    def descend() -> list[Change]:
        nonlocal soft, at
        for _ in range(problem.config.own(PEZSettings).inner_steps):
            gradient, was = _direction(problem, at, rng), soft.point
            soft = _moved(problem, soft, gradient)
            at, promise = _project(problem, soft.point, at), float((gradient * (was - soft.point)).sum())
            text = problem.objective.language.model.tokenizer.decode_continuation(at)
            changes.append(Change(0, at, text, at[0], promise))
        return changes

    def memory() -> dict[str, tuple[float, ...]]:
        return {"soft_prompt": tuple(soft.point.flatten().tolist()), "optimiser_state": soft.state}

    return in_place_step(problem, before.beams, index, descend, memory)


@dataclass(frozen=True)
class _Soft:
    """The soft prompt, shape = (tokens, d_src), and what AdamW remembers of it; nothing without it."""

    point: Tensor
    state: tuple[float, ...] = ()


def _moved(problem: Problem, soft: _Soft, gradient: Tensor) -> _Soft:
    """After one move: by ``learning_rate`` times the typical embedding's length a token, or a step of AdamW."""
    settings = problem.config.own(PEZSettings)
    assert settings.learning_rate is not None
    assert settings.weight_decay is not None
    if settings.optimiser == "normalised":
        reach = settings.learning_rate * problem.projection.typical_length
        return _Soft(soft.point - reach * gradient / gradient.norm(dim=1, keepdim=True).clamp_min(1e-12))
    point = soft.point.clone().requires_grad_(True)
    adamw = torch.optim.AdamW([point], lr=settings.learning_rate, weight_decay=settings.weight_decay)
    if soft.state:
        count, *moments = soft.state
        first, second = torch.tensor(moments, dtype=torch.float64).to(point).view(2, *point.shape)
        adamw.state[point] = {"step": torch.tensor(count, device=CPU), "exp_avg": first, "exp_avg_sq": second}
    point.grad = gradient.to(point)
    adamw.step()
    kept = adamw.state[point]
    numbers = torch.stack([kept["exp_avg"], kept["exp_avg_sq"]]).flatten().tolist()
    return _Soft(point.detach(), (float(kept["step"]), *numbers))


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
    when_idle="Raise the learning rate or the number of inner steps.",
    order=2,
)
