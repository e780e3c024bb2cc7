"""How a bucket's errors depend on the ridge weight: on its training words, on held-out ones, and as guessed.

Sources: ridge regression and generalised cross-validation, Golub, Heath and Wahba (1979); FUSE, arXiv 2408.04816,
whose maps are the end of the curve without a ridge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from fuse_core.adapter.gcv import Parts, error_estimate, ridge_weights
from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.tensor.frequency import to_frequency


@dataclass(frozen=True)
class RidgeCurve:
    """Relative errors ``||A * M - B|| / ||B||`` of one bucket along the grid of ridge weights.

    Attributes
    ----------
    weights : tuple of float
        Ridge weights, ascending.
    train, heldout : tuple of float
        Errors on training and held-out words, one a weight; NaN where there are no such words.
    estimate : tuple of float
        The error on new words as the choice of a weight estimates it from the training words (``error_estimate``);
        infinite for weights that it does not admit.
    plain : (float, float)
        Training and held-out error of the plain pseudoinverse, ridge 0.

    Notes
    -----
    All ``l = max(i, j)`` slots count. Where ``i > j`` these include slots that the target leaves empty and
    ``BucketReport`` leaves out, so that the errors here are a little larger than the report's.
    """

    weights: tuple[float, ...]
    train: tuple[float, ...]
    heldout: tuple[float, ...]
    estimate: tuple[float, ...]
    plain: tuple[float, float]


class HeldoutPath:
    """Error of a regression's solutions on other words, for any ridge weight.

    Parameters
    ----------
    path : RidgePath
        The regression, on training words.
    heldout : NormalEquations
        Of the other words, of the same shapes.

    Notes
    -----
    In the eigenbasis ``V`` a solution is ``V D R`` with ``D = 1 / (eigenvalues + ridge)`` and ``R = V' (A' * B)``. The
    error of the other words is then a quadratic form in the diagonal of ``D``: ``O(m**2 (m + p))`` per frequency
    once, ``O(m**2)`` per frequency and weight.
    """

    def __init__(self, path: RidgePath, heldout: NormalEquations) -> None:
        self.path, self.energy = path, heldout.energy
        quadratic, linear = [], []
        systems = zip(path.vectors, path.rotated, to_frequency(heldout.gram), to_frequency(heldout.cross), strict=True)
        for vectors, rotated, gram, cross in systems:
            inside = vectors.mH @ gram @ vectors  # (m, m)
            quadratic.append((inside * (rotated @ rotated.mH).T).real)
            linear.append((rotated.conj() * (vectors.mH @ cross)).real.sum(1))
        self._quadratic, self._linear = torch.stack(quadratic), torch.stack(linear)

    def residual(self, ridge: float) -> float:
        """``||A * M - B||^2`` over the other words, all slots."""
        d = self.path.shrinkage(ridge)
        quadratic = torch.einsum("fa,fab,fb->f", d, self._quadratic, d)
        changes = (quadratic - 2 * (self._linear * d).sum(1)) @ self.path.multiplicity[:, 0]
        return max(self.energy + float(changes) / self.path.slots, 0.0)


def ridge_curve(path: RidgePath, parts: Callable[[], Parts], heldout: NormalEquations) -> RidgeCurve:
    """Training, held-out and estimated error of a bucket over its grid of ridge weights.

    Parameters
    ----------
    path : RidgePath
        Of the bucket's training words.
    parts : callable
        As for ``error_estimate``.
    heldout : NormalEquations
        Of its held-out words.

    Notes
    -----
    The cost of ``HeldoutPath``, and ``O(m**2 l)`` for each of the grid's 21 weights.
    """
    other, weights = HeldoutPath(path, heldout), tuple(ridge_weights(path))
    estimated = error_estimate(path, parts)
    return RidgeCurve(
        weights=weights,
        train=tuple(_relative(path.residual(w), path.energy) for w in weights),
        heldout=tuple(_relative(other.residual(w), other.energy) for w in weights),
        estimate=tuple(_relative(estimated(w), path.energy) for w in weights),
        plain=(_relative(path.residual(0.0), path.energy), _relative(other.residual(0.0), other.energy)),
    )


def _relative(residual: float, energy: float) -> float:
    return math.sqrt(residual / energy) if energy else math.nan
