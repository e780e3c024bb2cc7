"""How well conditioned a bucket's word tensor is, frequency by frequency, and how exactly it is inverted.

The DFT along the slots makes a word tensor ``A`` of FUSE (arXiv 2408.04816) into one matrix per frequency; its
t-product pseudoinverse is made of theirs (Kilmer and Martin, 2011), as delicate as the worst conditioned of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.ridge import RidgePath, cutoff_of
from fuse_core.tensor.frequency import to_frequency
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.tensor.solve import tpinv


@dataclass(frozen=True)
class FrequencySpectrum:
    """Singular values of ``A`` at one frequency.

    Attributes
    ----------
    frequency : int
        ``k`` of ``exp(-2 pi i k s / l)``, from 0 to ``l // 2``; the others are conjugates.
    values : tuple of float
        The ``m`` singular values, descending; 0 below what rounding lets one tell from zero.
    """

    frequency: int
    values: tuple[float, ...]

    @property
    def rank(self) -> int:
        """Singular values that are not zero."""
        return sum(value > 0 for value in self.values)

    @property
    def condition(self) -> float:
        """Largest over smallest singular value; infinite where some are zero."""
        return self.values[0] / self.values[-1] if self.values[-1] else math.inf


def spectra(path: RidgePath) -> list[FrequencySpectrum]:
    """Singular values of a regression's ``A``, from the eigenvalues of its Gram matrices.

    Parameters
    ----------
    path : RidgePath
        Of its normal equations.

    Returns
    -------
    list of FrequencySpectrum
        One per frequency. Squaring halves the digits: values below ``sqrt(m eps)``, about 1e-7, of the largest one
        over all frequencies count as zero.
    """
    return _spectra(path.eigenvalues, path.cutoff)


def gram_spectra(gram: Tensor) -> list[FrequencySpectrum]:
    """The same where nothing else is wanted of a regression: a third of the cost of its ``RidgePath``.

    Parameters
    ----------
    gram : Tensor, shape = (m, m, l)
        ``A' * A``.
    """
    values = torch.stack([torch.linalg.eigvalsh(matrix) for matrix in to_frequency(gram)]).clamp_min(0.0)
    return _spectra(values, cutoff_of(values))


def _spectra(eigenvalues: Tensor, cutoff: float) -> list[FrequencySpectrum]:
    singular = torch.where(eigenvalues > cutoff, eigenvalues, 0.0).sqrt().flip(1)
    return [FrequencySpectrum(k, tuple(row.tolist())) for k, row in enumerate(singular)]


@dataclass(frozen=True)
class PenroseResiduals:
    """How far ``P = tpinv(A)`` is from the four Penrose identities, each relative to the norm of its right-hand side.

    Attributes
    ----------
    words : int
        Rows of ``A``.
    apa, pap : float
        Of ``A * P * A = A`` and ``P * A * P = P``.
    ap, pa : float
        Of ``(A * P)' = A * P`` and ``(P * A)' = P * A``.
    """

    words: int
    apa: float
    pap: float
    ap: float
    pa: float


def penrose_residuals(a: Tensor) -> PenroseResiduals:
    """Check the t-product pseudoinverse of a tensor in float64.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)

    Notes
    -----
    ``O(n m min(n, m) l)``, and memory for ``(n, n, l)`` and ``(m, m, l)``: for a sample of words.
    """
    a = a.double()
    p = tpinv(a)
    ap, pa = tprod(a, p), tprod(p, a)
    return PenroseResiduals(
        words=a.shape[0],
        apa=_distance(tprod(ap, a), a),
        pap=_distance(tprod(pa, p), p),
        ap=_distance(ttranspose(ap), ap),
        pa=_distance(ttranspose(pa), pa),
    )


def _distance(x: Tensor, y: Tensor) -> float:
    size = float(y.norm())
    return float((x - y).norm()) / size if size else float(x.norm())
