"""The t-product written out as ordinary matrices: slow, obvious, float64."""

from __future__ import annotations

import torch
from torch import Tensor


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Standard normal numbers, the same in every run."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def bcirc(a: Tensor) -> Tensor:
    """Block-circulant matrix of a tensor: (n, m, l) -> (n l, m l), so that products of matrices are t-products."""
    l = a.shape[2]
    return torch.cat([torch.cat([a[:, :, (k - s) % l] for s in range(l)], dim=1) for k in range(l)])


def unfold(a: Tensor) -> Tensor:
    """Frontal slices under each other: (n, m, l) -> (n l, m)."""
    return torch.cat(list(a.unbind(2)))


def fold(matrix: Tensor, l: int) -> Tensor:
    """Inverse of ``unfold``: (n l, m) -> (n, m, l)."""
    return torch.stack(matrix.chunk(l), dim=2)


def slow_tprod(a: Tensor, b: Tensor) -> Tensor:
    """The t-product by its definition, slice by slice."""
    l = a.shape[2]
    return torch.stack([sum(a[:, :, s] @ b[:, :, (k - s) % l] for s in range(l)) for k in range(l)], dim=2)


def relative(x: Tensor, y: Tensor) -> float:
    """``||x - y|| / ||y||`` in float64."""
    return float((x.double() - y.double()).norm() / y.double().norm())


def shaped(kind: str, n: int, m: int, l: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """A tensor of one of ``KINDS``: one case of a regression each that naive code gets wrong."""
    a = normal(n, m, l, seed=seed)
    if kind == "rank-deficient":
        # The last column repeats the first one: one zero singular value per frequency, the hardest to notice.
        a[:, -1] = a[:, 0]
    if kind == "zero-slice":
        a[:, :, -1] = 0
    if kind == "zero-frequency":
        a -= a.mean(2, keepdim=True)
    if kind == "zero":
        a.zero_()
    return a.to(dtype)


KINDS = ("full", "rank-deficient", "zero-slice", "zero-frequency", "zero")
