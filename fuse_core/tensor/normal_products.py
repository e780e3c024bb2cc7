"""The products of a t-product's normal equations, ``A' * A`` and ``A' * B``, in one pass over the rows.

Rows are taken to the frequency domain a chunk at a time, by a small real matrix: the chunk and its image stay in the
cache between one product and the next, and the whole image of ``A`` is never there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from fuse_core.tensor.frequency import is_real_frequency
from fuse_core.tensor.gram import add_half, mirrored

ROWS_AT_ONCE = 512  # of 256 to 4,096, what took least: fewer make small products, more leave the cache


def normal_products(a: Tensor, b: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """``F^H F`` and ``F^H G`` of each of the ``l // 2 + 1`` frequencies, where F and G are those of ``a`` and ``b``.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)
    b : Tensor, shape = (n, p, l)

    Returns
    -------
    grams, crosses : list of Tensor, of shape (m, m) and (m, p)
        Real where the frequency is, else complex; multiplied in the precision of ``a``, in float64 afterwards.

    Notes
    -----
    Half of each Hermitian product: ``n m (m + 2 p)`` flops for a real frequency. For a complex one, ``F = U + iV`` and
    ``G = P + iQ``, four times that: ``U'U + V'V`` and ``U'P + V'Q`` are one real product each, of rows below each
    other; ``U'V - V'U`` is a product less its transpose. Memory: ``O(l m (m + p))`` besides the inputs.
    """
    (n, _, l), p = a.shape, b.shape[1]
    basis, sums = real_basis(l).to(a), [_Sums.zero(a, p, is_real_frequency(k, l)) for k in range(l // 2 + 1)]
    for start in range(0, n, ROWS_AT_ONCE):
        x, y = (_parts(part[start : start + ROWS_AT_ONCE], basis) for part in (a, b))
        row = 0
        for one in sums:
            one.add(x[row:], y[row:])
            row += 1 if one.turned is None else 2
    return [one.gram() for one in sums], [one.cross() for one in sums]


def real_basis(l: int) -> Tensor:
    """The DFT of a real vector as a real matrix, float64 of shape (l, l).

    A row for each real frequency, two for a complex one: its real part and its imaginary part.
    """
    steps, rows = torch.arange(l, dtype=torch.float64), []
    for k in range(l // 2 + 1):
        angles = 2 * math.pi * k / l * steps
        rows += [angles.cos()] if is_real_frequency(k, l) else [angles.cos(), -angles.sin()]
    return torch.stack(rows)


def _parts(rows: Tensor, basis: Tensor) -> Tensor:
    """(n, m, l) -> (l, n, m): real and imaginary parts of all frequencies, each contiguous."""
    n, m, l = rows.shape
    return (basis @ rows.reshape(n * m, l).T).reshape(l, n, m)


class _Sums(NamedTuple):
    """Of one frequency: ``both`` is half of ``U'U + V'V``, ``right`` ``U'P + V'Q``; a real one has no other parts."""

    both: Tensor
    right: Tensor
    turned: Tensor | None = None
    turned_right: Tensor | None = None

    @classmethod
    def zero(cls, like: Tensor, p: int, real: bool) -> _Sums:
        m = like.shape[1]
        return cls(*(like.new_zeros(m, width) for width in ((m, p) if real else (m, p, m, p))))

    def add(self, x: Tensor, y: Tensor) -> None:
        """Rows of the frequency: ``x[0]`` and ``x[1]`` are U and V, ``y[0]`` and ``y[1]`` P and Q."""
        parts = 1 if self.turned is None else 2
        both, right = x[:parts].flatten(0, 1), y[:parts].flatten(0, 1)
        add_half(self.both, both)
        self.right.addmm_(both.T, right)
        if self.turned is not None and self.turned_right is not None:
            self.turned.addmm_(x[0].T, x[1])
            self.turned_right.addmm_(x[0].T, y[1]).addmm_(x[1].T, y[0], alpha=-1)

    def gram(self) -> Tensor:
        real = mirrored(self.both).double()
        return real if self.turned is None else torch.complex(real, (self.turned - self.turned.T).double())

    def cross(self) -> Tensor:
        real = self.right.double()
        return real if self.turned_right is None else torch.complex(real, self.turned_right.double())
