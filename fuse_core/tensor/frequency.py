"""Third-order tensors in the frequency domain: a DFT along mode 3 makes t-products products of matrices.

Real input needs ``l // 2 + 1`` of the ``l`` frequencies: the others are conjugates (Kilmer and Martin, 2011).
"""

from __future__ import annotations

import torch
from torch import Tensor


def to_frequency(a: Tensor) -> Tensor:
    """(n, m, l) real -> (l // 2 + 1, n, m) complex: one matrix a frequency."""
    return torch.fft.rfft(a, dim=2).permute(2, 0, 1)


def from_frequency(f: Tensor, l: int) -> Tensor:
    """(l // 2 + 1, n, m) complex -> (n, m, l) real."""
    return torch.fft.irfft(f.permute(1, 2, 0), n=l, dim=2)


def is_real_frequency(k: int, l: int) -> bool:
    """Whether the matrix of frequency ``k`` of ``l`` is real: it is its own conjugate."""
    return k == 0 or 2 * k == l


def multiplicity(l: int) -> list[float]:
    """For each of the ``l // 2 + 1`` frequencies, how many of the ``l`` it stands for: 2 with its conjugate, else 1."""
    return [1.0 if is_real_frequency(k, l) else 2.0 for k in range(l // 2 + 1)]
