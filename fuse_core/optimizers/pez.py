"""PEZ: gradient descent in embedding space, with the gradient taken at the nearest tokens (Wen et al. 2023).

FUSE carries the targets' gradients to the point in the source's space. Cost of a step: one forward and backward pass of
the language model and of each target, and one true evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.optimizers.problem import Problem
from fuse_core.optimizers.prompt_gradient import carried_gradient
from fuse_core.optimizers.records import Step
from fuse_core.optimizers.replacing import Change, judged_step


def pez_step(problem: Problem, before: Step, index: int) -> Step:
    """Move the soft prompt against the gradient at its projection, and project it anew.

    The point itself is the step's ``memory``. Each token moves by ``rate`` times its embedding's typical length, in the
    gradient's direction: AdamW of the original would add two more points to remember.
    """
    projection = problem.projection
    table = problem.objective.language.model.embedding_table
    start = before.beams[0]
    point = _point(before.memory, table, start.ids)
    # The gradient is taken at the projected point, which need not be the best prompt so far.
    at = projection.nearest(point) if before.memory else start.ids
    text = problem.objective.language.model.tokenizer.decode(at)
    gradient = carried_gradient(problem, at, text)
    reach = problem.config.rate * float(projection.rows.norm(dim=1).mean())
    moved = point - reach * gradient / gradient.norm(dim=1, keepdim=True).clamp_min(1e-12)
    ids = projection.nearest(moved)
    changed = problem.objective.language.model.tokenizer.decode(ids)
    change = Change(0, ids, changed, ids[0], float((gradient * (point - moved)).sum()))
    memory = tuple(moved.flatten().double().tolist())
    return judged_step(problem, before.beams, index, lambda: [change], lambda: memory)


def _point(memory: tuple[float, ...], table: Tensor, ids: tuple[int, ...]) -> Tensor:
    """The soft prompt, shape = (tokens, d_src): remembered, or the start's own embeddings."""
    if memory:
        return torch.tensor(memory, dtype=torch.float64, device=table.device).to(table.dtype).view(-1, table.shape[1])
    return table[torch.tensor(ids, device=table.device)].clone()
