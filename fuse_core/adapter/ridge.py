"""Choosing the ridge weight of a t-product regression by generalised cross-validation (Golub, Heath, Wahba 1979)."""

from __future__ import annotations

import torch

from fuse_core.adapter.normal_equations import NormalEquations

# Ridge weights tried, relative to the mean eigenvalue of the Gram matrices.
GRID = tuple(10.0 ** (k / 2) for k in range(-12, 9))


class RidgePath:
    """A regression ``A * M = B`` seen through its normal equations, for any ridge weight.

    Parameters
    ----------
    system : NormalEquations
        Of tensors (m, m, l) and (m, p, l).
    precision : torch.dtype
        Of the decompositions; float32 is three times as fast and good enough to choose a weight by.

    Attributes
    ----------
    eigenvalues : Tensor, shape = (l // 2 + 1, m)
        Of the Gram matrix at every frequency, ascending: the squared singular values of ``A`` there.
    vectors : Tensor, shape = (l // 2 + 1, m, m)
        Their eigenvectors, as columns; complex.
    rotated : Tensor, shape = (l // 2 + 1, m, p)
        ``A' * B`` in the eigenbasis; complex.
    multiplicity : Tensor, shape = (l // 2 + 1, 1)
        2 for a frequency that also stands for its conjugate, else 1.
    slots : int
        ``l``.

    Notes
    -----
    One eigendecomposition per frequency, ``O(m**3)``; each weight then costs ``O(m l)``.
    """

    def __init__(self, system: NormalEquations, precision: torch.dtype = torch.float64) -> None:
        self.energy, self.rows = system.energy, system.rows
        gram, cross = system.gram.to(precision), system.cross.to(precision)
        l = gram.shape[2]
        frequencies = torch.fft.rfft(gram, dim=2).permute(2, 0, 1)
        values, self.vectors = torch.linalg.eigh(frequencies)
        self.rotated = self.vectors.mH @ torch.fft.rfft(cross, dim=2).permute(2, 0, 1)
        twice = torch.tensor([1.0 if k == 0 or 2 * k == l else 2.0 for k in range(l // 2 + 1)], dtype=torch.float64)
        self.multiplicity = twice.to(values.device).unsqueeze(1)
        self.eigenvalues = values.double().clamp_min(0.0)
        self._power = self.rotated.abs().double().square().sum(2)  # (l // 2 + 1, m)
        self.slots = l

    @property
    def cutoff(self) -> float:
        """Eigenvalues up to this one are zero up to rounding."""
        return self.eigenvalues.shape[1] * torch.finfo(torch.float64).eps * float(self.eigenvalues.max())

    def weights(self) -> list[float]:
        """The grid of ridge weights for this problem, ascending."""
        scale = float(self.eigenvalues.mean()) or 1.0
        return [scale * step for step in GRID]

    def residual(self, ridge: float) -> float:
        """Training residual ``||A * M - B||^2`` at a ridge weight."""
        values = self.eigenvalues
        shrunk = self._power * (values + 2 * ridge) / (values + ridge).square().clamp_min(1e-300)
        explained = float((self.multiplicity * shrunk).sum()) / self.slots
        return max(self.energy - explained, 0.0)

    def degrees_of_freedom(self, ridge: float) -> float:
        """Trace of the hat operator, between 0 and ``m l``."""
        values = self.eigenvalues
        return float((self.multiplicity * values / (values + ridge).clamp_min(1e-300)).sum())

    def score(self, ridge: float) -> float:
        """The GCV score; infinite where the fit has as many parameters as equations."""
        equations = self.rows * self.slots
        free = equations - self.degrees_of_freedom(ridge)
        return float("inf") if free <= 1e-6 * equations else self.residual(ridge) * equations / free**2

    def best(self) -> float:
        """The ridge weight of lowest GCV score."""
        return min(self.weights(), key=self.score)
