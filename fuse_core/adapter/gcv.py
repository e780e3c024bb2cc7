"""Choosing a ridge weight by generalised cross-validation (Golub, Heath and Wahba 1979).

``GCV(ridge) = n ||A * M - B||^2 / (n - trace of the hat operator)^2`` over the ``n`` equations of the regression.
"""

from __future__ import annotations

import math

from fuse_core.adapter.ridge import RidgePath

# Ridge weights tried, relative to the mean eigenvalue of the Gram matrices.
GRID = tuple(10.0 ** (k / 2) for k in range(-12, 9))


def ridge_weights(path: RidgePath) -> list[float]:
    """The grid of ridge weights for a regression, ascending."""
    scale = float(path.eigenvalues.mean()) or 1.0
    return [scale * step for step in GRID]


def gcv_score(path: RidgePath, ridge: float) -> float:
    """The GCV score of a ridge weight; infinite where the fit has as many parameters as equations."""
    equations = path.rows * path.slots
    free = equations - path.degrees_of_freedom(ridge)
    return math.inf if free <= 1e-6 * equations else path.residual(ridge) * equations / free**2


def best_ridge(path: RidgePath) -> float:
    """The ridge weight of lowest GCV score."""
    return min(ridge_weights(path), key=lambda ridge: gcv_score(path, ridge))
