"""Third-order tensors in the frequency domain: a DFT along mode 3 makes t-products products of matrices.

Real input needs ``l // 2 + 1`` of the ``l`` frequencies: the others are conjugates (Kilmer and Martin, 2011). Of
those, frequencies 0 and ``l / 2`` are real, at a quarter of a complex product's cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def to_frequency(a: Tensor) -> list[Tensor]:
    """(n, m, l) real -> ``l // 2 + 1`` matrices (n, m), one a frequency: real where it is its own conjugate."""
    l = a.shape[2]
    if l == 1:
        return [a[:, :, 0]]
    if l == 2:
        return [a[:, :, 0] + a[:, :, 1], a[:, :, 0] - a[:, :, 1]]
    slices = torch.fft.rfft(a, dim=2).unbind(2)
    return [(f.real if is_real_frequency(k, l) else f).contiguous() for k, f in enumerate(slices)]


def from_frequency(f: Sequence[Tensor], l: int) -> Tensor:
    """``l // 2 + 1`` matrices (n, m) -> (n, m, l) real: the inverse of ``to_frequency``."""
    if l == 1:
        return f[0].unsqueeze(2)
    if l == 2:
        return torch.stack([f[0] + f[1], f[0] - f[1]], dim=2) / 2
    return torch.fft.irfft(torch.stack([x.to(f[1].dtype) for x in f], dim=2), n=l, dim=2)


def is_real_frequency(k: int, l: int) -> bool:
    """Whether the matrix of frequency ``k`` of ``l`` is real: it is its own conjugate."""
    return k == 0 or 2 * k == l


def multiplicity(l: int) -> list[float]:
    """For each of the ``l // 2 + 1`` frequencies, how many of the ``l`` it stands for: 2 with its conjugate, else 1."""
    return [1.0 if is_real_frequency(k, l) else 2.0 for k in range(l // 2 + 1)]
