"""Leaving one word out at a time, in closed form (Allen 1974): what a ridge costs on new words, of few words.

Generalised cross-validation takes every word to have the same leverage. Of few words, whose later tokens are often the
same ones, some have much more than others, and it chooses too light a ridge. A t-product regression falls apart into
one a frequency, in each of which a word is a row: left out, its residual is ``r / (1 - h)``, ``h`` its leverage there.
Over 62 fits of 83 to 463 words, smollm2 to minilm and back, the held-out error is above the best on the grid by at
most 3.2 % (mean 0.2), by generalised cross-validation by 8.1 % (mean 1.1). At 900 words both are within 1 %.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from fuse_core.adapter.ridge import RidgePath
from fuse_core.tensor.frequency import to_frequency

FEW = 512  # words that are left out one by one


class LeaveOneOut:
    """Squared error of every word under the regression of all others, for any ridge weight.

    Parameters
    ----------
    path : RidgePath
        The regression of all words.
    parts : iterable of (Tensor, Tensor)
        ``A`` and ``B`` in chunks of their rows.

    Notes
    -----
    ``O(n m r)`` per frequency once, ``O(n r p)`` per frequency and weight, for ``n`` words and ``r`` eigenvalues.
    """

    def __init__(self, path: RidgePath, parts: Iterable[tuple[Tensor, Tensor]]) -> None:
        a, b = (torch.cat(chunks).double() for chunks in zip(*parts, strict=True))
        self.path, self._b = path, to_frequency(b)
        self._a = [x @ v for x, v in zip(to_frequency(a), path.vectors, strict=True)]

    def residual(self, ridge: float) -> float:
        """``||A * M - B||^2`` over all words, ``M`` for each the solution without it."""
        total = 0.0
        systems = zip(self._a, self._b, self.path.rotated, self.path.shrinkage(ridge), strict=True)
        for (a, b, rotated, d), times in zip(systems, self.path.multiplicity[:, 0].tolist(), strict=True):
            errors = (b - (a * d) @ rotated).abs().square().sum(1)
            total += times * float((errors / (1 - a.abs().square() @ d).square()).sum())
        return total / self.path.slots
