"""Ridge regression under the t-product, ``(A' * A + ridge I) * M = A' * B``, for any weight at once."""

from __future__ import annotations

import torch

from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.tensor.frequency import multiplicity, to_frequency


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
        values, self.vectors = torch.linalg.eigh(to_frequency(gram))
        self.rotated = self.vectors.mH @ to_frequency(cross)
        self.multiplicity = torch.tensor(multiplicity(l), dtype=torch.float64, device=values.device).unsqueeze(1)
        self.eigenvalues = values.double().clamp_min(0.0)
        self._power = self.rotated.abs().double().square().sum(2)  # (l // 2 + 1, m)
        self.slots = l

    @property
    def cutoff(self) -> float:
        """Eigenvalues up to this one are zero up to rounding."""
        return self.eigenvalues.shape[1] * torch.finfo(torch.float64).eps * float(self.eigenvalues.max())

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
