"""Padding and length-sorted batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def length_batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Indices in order of length, cut into batches of at most ``tokens`` padded tokens (or one sequence)."""
    batch: list[int] = []
    for k in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[k] * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch


def padding_mask(lengths: Sequence[int], device: torch.device) -> Tensor:
    """1 where there is a token, 0 where there is padding; shape = (batch, longest)."""
    steps = torch.arange(max(lengths), device=device)
    return (steps < torch.tensor(lengths, device=device).unsqueeze(1)).long()


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids padded on the right with 0, and their mask, each of shape (batch, longest)."""
    mask = padding_mask([len(row) for row in rows], device)
    ids = torch.zeros_like(mask)
    ids[mask.bool()] = torch.tensor([i for row in rows for i in row], device=device)
    return ids, mask
