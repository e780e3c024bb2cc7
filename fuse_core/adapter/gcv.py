"""Choosing a ridge weight by generalised cross-validation (Golub, Heath and Wahba 1979), modified against overfitting.

``GCV(ridge) = n ||A * M - B||^2 / (n - 1.15 d)^2`` over the ``n`` equations of the regression, with ``d`` the trace of
the hat operator. The plain criterion, 1 for 1.15, now and then chooses nearly to interpolate when words are few: its
two small numbers vanish together. Cummins, Filloon and Nychka (2001) and Kim and Gu (2004) count a degree of freedom
as 1.2 to 1.4 equations. Over 58 fits of smollm2 to minilm, both bucketings, 100 to 20,000 words, the held-out error was
above the best on the grid by at most 46 % with 1, 2.9 % with 1.15 and 4.0 % with 1.2 and 1.4. Of 51 fits of minilm to
smollm2, which the choice has not seen, 49 are within 4.5 %; two of 85 and 88 words are 6.5 and 8.1 % above, so that few
words have an estimate of their own (``leave_one_out``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from torch import Tensor

from fuse_core.adapter.leave_one_out import FEW, LeaveOneOut
from fuse_core.adapter.ridge import RidgePath

Parts = Iterable[tuple[Tensor, Tensor]]

# Ridge weights tried, relative to the mean eigenvalue of the Gram matrices.
GRID = tuple(10.0 ** (k / 2) for k in range(-12, 9))
# What a degree of freedom costs, in equations.
PRICE = 1.15
# Most degrees of freedom an equation.
CAP = 0.8


def ridge_weights(path: RidgePath) -> list[float]:
    """The grid of ridge weights for a regression, ascending."""
    scale = path.scale or 1.0
    return [scale * step for step in GRID]


def is_admissible(path: RidgePath, ridge: float) -> bool:
    """Whether a weight may be chosen: not where the fit has too many degrees of freedom, nor where its residual is
    rounding."""
    used = path.degrees_of_freedom(ridge)
    return used <= CAP * path.rows * path.slots and path.residual(ridge) > path.rounding


def gcv_score(path: RidgePath, ridge: float) -> float:
    """The GCV score of a ridge weight, an estimate per equation; infinite where it is inadmissible."""
    if not is_admissible(path, ridge):
        return math.inf
    equations = path.rows * path.slots
    return path.residual(ridge) * equations / (equations - PRICE * path.degrees_of_freedom(ridge)) ** 2


def error_estimate(path: RidgePath, parts: Callable[[], Parts]) -> Callable[[float], float]:
    """What estimates, from the training words alone, the squared error of as many new words at a ridge weight.

    Few words are left out one by one, of more it is GCV; infinite for an inadmissible weight.

    Parameters
    ----------
    path : RidgePath
    parts : callable
        Gives ``A`` and ``B`` of the regression in chunks of their rows.
    """
    if path.rows > FEW:
        return lambda ridge: gcv_score(path, ridge) * path.rows * path.slots
    left_out = LeaveOneOut(path, parts())
    return lambda ridge: left_out.residual(ridge) if is_admissible(path, ridge) else math.inf


def best_ridge(path: RidgePath, parts: Callable[[], Parts]) -> float:
    """The ridge weight of the lowest estimated error; the heaviest where none is admissible."""
    return min(reversed(ridge_weights(path)), key=error_estimate(path, parts))
