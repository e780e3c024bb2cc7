"""Ridge regression under the t-product, ``(A' * A + ridge I) * M = A' * B``, for any weight at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.tensor.frequency import from_frequency, multiplicity, to_frequency

EPS = torch.finfo(torch.float64).eps


def cutoff_of(eigenvalues: Tensor) -> float:
    """Up to what an eigenvalue of Gram matrices, (frequencies, m), is zero up to rounding."""
    return eigenvalues.shape[1] * EPS * float(eigenvalues.max())


@dataclass(frozen=True)
class RidgePath:
    """A regression ``A * M = B`` of (n, m, l) and (n, p, l) tensors, decomposed in float64, for any ridge weight.

    Attributes
    ----------
    eigenvalues : Tensor, shape = (l // 2 + 1, r)
        Of ``A^H A`` at every frequency, the squared singular values of ``A`` there; ``r = m`` or ``min(n, m)``.
    vectors : list of Tensor, each of shape (m, r)
        Their eigenvectors, as columns; real where the frequency is.
    rotated : list of Tensor, each of shape (r, p)
        ``A' * B`` in the eigenbasis.
    energy : float
        ``||B||^2``.
    rows, slots : int
        ``n`` and ``l``.
    cutoff : float
        Eigenvalues up to this one are zero up to rounding.
    """

    eigenvalues: Tensor
    vectors: list[Tensor]
    rotated: list[Tensor]
    energy: float
    rows: int
    slots: int
    cutoff: float

    @classmethod
    def of_normal_equations(cls, system: NormalEquations) -> RidgePath:
        """By one eigendecomposition per frequency, ``O(m**3)``. Squaring ``A`` has halved the digits."""
        values, vectors, rotated = [], [], []
        for gram, cross in zip(to_frequency(system.gram), to_frequency(system.cross), strict=True):
            value, vector = torch.linalg.eigh(gram)
            values.append(value)
            vectors.append(vector)
            rotated.append(vector.mH @ cross)
        eigenvalues = torch.stack(values).clamp_min(0.0)
        slots, cutoff = system.gram.shape[2], cutoff_of(eigenvalues)
        return cls(eigenvalues, vectors, rotated, system.energy, system.rows, slots, cutoff)

    @classmethod
    def of_tensors(cls, parts: Iterable[tuple[Tensor, Tensor]]) -> RidgePath:
        """By singular values of ``A`` itself, at any condition number.

        Parameters
        ----------
        parts : iterable of (Tensor, Tensor)
            ``A`` and ``B`` in chunks of their rows.

        Notes
        -----
        Chunk after chunk of many words is reduced to the triangle of a QR decomposition of ``[A B]``, so that ``A`` is
        never whole in memory: ``O(n (m + p)**2)`` per frequency, and ``O(m**2 min(n, m))`` for the singular values.
        """
        triangles: list[Tensor] = []
        energy, rows, m, l = 0.0, 0, 0, 0
        for a, b in parts:
            (n, m, l), energy = a.shape, energy + float(b.double().square().sum())
            rows += n
            joined = to_frequency(torch.cat([a, b], dim=1).double())
            stacked = [torch.cat(pair) for pair in zip(triangles, joined, strict=True)] if triangles else joined
            triangles = [torch.linalg.qr(x, mode="r").R if x.shape[0] > x.shape[1] else x for x in stacked]
        values, vectors, rotated = [], [], []
        for triangle in triangles:
            left, sizes, right = torch.linalg.svd(triangle[:, :m], full_matrices=False)
            values.append(sizes.square())
            vectors.append(right.mH)
            rotated.append(sizes.unsqueeze(1) * (left.mH @ triangle[:, m:]))
        eigenvalues = torch.stack(values)
        return cls(eigenvalues, vectors, rotated, energy, rows, l, (max(rows, m) * EPS) ** 2 * float(eigenvalues.max()))

    @cached_property
    def multiplicity(self) -> Tensor:
        """How many frequencies each row of ``eigenvalues`` stands for, shape = (l // 2 + 1, 1)."""
        values = self.eigenvalues
        return torch.tensor(multiplicity(self.slots), dtype=values.dtype, device=values.device).unsqueeze(1)

    @cached_property
    def captured(self) -> Tensor:
        """``||B||^2`` by the directions of ``A`` that see it, shape = (l // 2 + 1, r)."""
        power = torch.stack([r.abs().square().sum(1) for r in self.rotated])
        return self.multiplicity * power * self.shrinkage(0.0) / self.slots

    @property
    def scale(self) -> float:
        """Mean eigenvalue of the ``m l`` there are."""
        m = self.vectors[0].shape[0]
        return float((self.multiplicity * self.eigenvalues).sum()) / (m * self.slots)

    @property
    def well_conditioned(self) -> bool:
        """Whether squaring ``A`` has left half of the digits of its smallest singular value."""
        m, r = self.vectors[0].shape
        return r == m and float(self.eigenvalues.min()) > EPS**0.5 * float(self.eigenvalues.max())

    def shrinkage(self, ridge: float) -> Tensor:
        """``1 / (eigenvalues + ridge)``, shape = (l // 2 + 1, r); 0 for sums that are zero up to rounding."""
        sums = self.eigenvalues + ridge
        return torch.where(sums > self.cutoff, 1.0 / sums.clamp_min(1e-300), 0.0)

    def solution(self, ridge: float) -> Tensor:
        """``M`` at a ridge weight, shape = (m, p, l); at 0 the pseudoinverse's. ``O(m r p)`` per frequency."""
        inverse = self.shrinkage(ridge).unsqueeze(2)
        parts = zip(self.vectors, inverse, self.rotated, strict=True)
        return from_frequency([v @ (d * r) for v, d, r in parts], self.slots)

    @property
    def rounding(self) -> float:
        """Residuals up to this one are zero up to rounding."""
        return self.vectors[0].shape[0] * EPS * self.energy

    def residual(self, ridge: float) -> float:
        """Training residual ``||A * M - B||^2`` at a ridge weight.

        What no direction of ``A`` sees is a difference, and good to ``rounding``; what a ridge adds is a sum of
        squares, and good to its last digits.
        """
        unseen = max(self.energy - float(self.captured.sum()), 0.0)
        return unseen + float((self.captured * (ridge * self.shrinkage(ridge)).square()).sum())

    def degrees_of_freedom(self, ridge: float) -> float:
        """Trace of the hat operator, between 0 and ``m l``."""
        return float((self.multiplicity * self.eigenvalues * self.shrinkage(ridge)).sum())
