"""Padding and length-sorted batches, as large as memory allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fuse_core.common.batch_limit import BatchLimit

NUMBERS_PER_TOKEN = 32  # of the width of an embedding, that a network holds at a time


def token_limit(most: int, width: int) -> BatchLimit:
    """Padded tokens that a network of that width reads at once, without gradients."""
    return BatchLimit(most, 4 * NUMBERS_PER_TOKEN * width)


def in_batches(
    lengths: Sequence[int], limit: BatchLimit, device: torch.device, work: Callable[[list[int]], object]
) -> None:
    """Do work on sequences in order of length, in batches of as many padded tokens as there may be (or one sequence).

    Parameters
    ----------
    lengths : sequence of int
        Tokens of every sequence.
    work : callable
        Called with the indices of a batch; again with half as many tokens where memory ran out.
    """
    left = sorted(range(len(lengths)), key=lengths.__getitem__)

    def first_batch(tokens: int) -> int:
        count = next((n for n, k in enumerate(left) if n and lengths[k] * (n + 1) > tokens), len(left))
        work(left[:count])
        return count

    while left:
        left = left[limit.attempt(device, lengths[left[-1]] * len(left), first_batch) :]


def padding_mask(lengths: Sequence[int], device: torch.device) -> Tensor:
    """1 where there is a token, 0 where there is padding; shape = (batch, longest)."""
    steps = torch.arange(max(lengths), device=device)
    return (steps < torch.tensor(lengths, device=device).unsqueeze(1)).long()


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids padded on the right with 0, and their mask, each of shape (batch, longest)."""
    mask = padding_mask([len(row) for row in rows], device)
    filled = [[*row, *(0,) * (mask.shape[1] - len(row))] for row in rows]  # here, for one transfer to a GPU
    return torch.tensor(filled, dtype=torch.long, device=device), mask
