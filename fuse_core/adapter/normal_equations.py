"""The normal equations of a bucket's least-squares problem ``A * M = B``, summed over its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.first_token import place
from fuse_core.adapter.slots import product, slots
from fuse_core.common.batch_limit import BatchLimit

NUMBERS_PER_SLOT = 2**25  # of a chunk of words, at most: 256 MiB


@dataclass(frozen=True)
class NormalEquations:
    """A t-product regression through its Gram tensors.

    Attributes
    ----------
    gram : Tensor, shape = (m, m, l)
        ``A' * A`` (t-transpose) in float64.
    cross : Tensor, shape = (m, p, l)
        ``A' * B`` in float64.
    energy : float
        ``||B||^2``.
    rows : int
        Rows of ``A``.
    """

    gram: Tensor
    cross: Tensor
    energy: float
    rows: int

    def folded(self) -> NormalEquations:
        """Where ``A`` fills slot 0 alone, the same regression without slots: those of ``B`` are further columns.

        At every frequency ``A`` is then the same real matrix, which one decomposition serves.
        """
        if bool(self.gram[:, :, 1:].any()):
            return self
        return NormalEquations(self.gram[:, :, :1], self.cross.flatten(1).unsqueeze(2), self.energy, self.rows)


def normal_equations(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], separate: bool
) -> NormalEquations:
    """Sum a bucket's normal equations over its words, in float64.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    bucket : (int, int)
        ``(i, j)``; ``i = 0`` stands for any source length, cut or padded to ``j``.
    separate : bool
        Give the first token channels of its own (``first_token``): ``m = 2 d_src``, else ``m = d_src``.

    Notes
    -----
    Made from products of slots, not by FFT, since padding slots are zero: ``(A' * A)`` at lag ``k`` is the sum of
    ``A_s^T A_t`` over ``t - s = k mod l``. ``O(u d_src i (d_src i / 2 + d_tgt j))`` for ``u`` distinct tokens a slot.
    """
    limit = BatchLimit(max(1, NUMBERS_PER_SLOT // source.shape[1]), 8 * (source.shape[1] + target.shape[1]))
    return limit.attempt(source.device, len(rows), lambda chunk: _summed(source, target, rows, bucket, separate, chunk))


def _summed(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], separate: bool, chunk: int
) -> NormalEquations:
    i, j = bucket[0] or bucket[1], bucket[1]
    l, d = max(i, j), source.shape[1]
    width = d * (1 + separate)
    gram = torch.zeros(width, width, l, dtype=torch.float64, device=source.device)
    cross = torch.zeros(width, target.shape[1], l, dtype=torch.float64, device=source.device)
    energy = 0.0
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        a, b = slots(source, [row.source for row in part], i), slots(target, [row.target for row in part], j)
        energy += sum(slot.energy() for slot in b)
        placed = [(*place(s, d, separate), slot) for s, slot in enumerate(a)]
        for s, (left, at, x) in enumerate(placed):
            for right, other, y in placed[s:]:
                between = product(x, y)
                gram[left, right, (other - at) % l] += between
                if y is not x:
                    gram[right, left, (at - other) % l] += between.T
            for t, y in enumerate(b):
                cross[left, :, (t - at) % l] += product(x, y)
    return NormalEquations(gram, cross, energy, len(rows))
