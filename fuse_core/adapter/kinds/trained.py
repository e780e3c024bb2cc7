"""``trained``: a linear map trained by gradient descent, the check that FUSE's authors ask for (arXiv 2408.04816).

Full-batch gradient descent on the squared error with Nesterov's momentum, begun again wherever the momentum points
uphill (O'Donoghue and Candes 2015). It runs in the eigenbasis of the words' Gram matrix: the iterates are those of any
other basis, and one costs ``O(d_src d_tgt)``. Converged: the gradient has shrunk to a millionth of the first one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.linear import linear_carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress

SEED = 0
TOLERANCE = 1e-6  # of the gradient's norm, relative to the first one's
LONGEST = 20_000  # iterations
REPORT_EVERY = 100


@dataclass(frozen=True)
class Trained:
    """Where training ended: the map (d_src, d_tgt), its iterations, and its last gradient relative to the first."""

    m: Tensor
    iterations: int
    gradient: float


def train(x: Tensor, y: Tensor, progress: Progress, tolerance: float = TOLERANCE, seed: int = SEED) -> Trained:
    """Minimise ``||X M - Y||^2`` over ``M``, from random numbers of a deviation of ``d_src ** -0.5``, in float64.

    Parameters
    ----------
    x : Tensor, shape = (n, d_src)
    y : Tensor, shape = (n, d_tgt)
    """
    x, y = x.double(), y.double()
    values, basis = torch.linalg.eigh(x.T @ x)
    curvature, cross = values.clamp_min(0.0).unsqueeze(1), basis.T @ (x.T @ y)
    rate = 1.0 / float(curvature.max())
    start = torch.randn(cross.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    m = ahead = basis.T @ start.to(x.device) / x.shape[1] ** 0.5
    first = float((curvature * m - cross).norm())
    size, momentum, done = 1.0, 1.0, 0
    while size > tolerance and done < LONGEST:
        if done % REPORT_EVERY == 0:
            progress(done / LONGEST, f"Training: iteration {done:,}, gradient {size:.1e} of the first")
        gradient = curvature * ahead - cross
        size = float(gradient.norm()) / first if first else 0.0
        stepped = ahead - rate * gradient
        moved = stepped - m
        if float((gradient * moved).sum()) > 0:
            momentum, ahead = 1.0, m  # uphill: forget the momentum
        else:
            following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
            ahead = stepped + (momentum - 1) / following * moved
            m, momentum = stepped, following
        done += 1
    return Trained(basis @ m, done, size)


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    """``O(n d_src (d_src + d_tgt) + d_src**3)``, then hundreds or thousands of iterations."""
    trained = train(shared.x, shared.y, progress)
    return linear_carrier(shared.source.table, trained.m, iterations=trained.iterations, gradient=trained.gradient)


KIND = AdapterKind(
    "trained",
    "trained",
    "A linear map trained by gradient descent on the squared error until its gradient is a millionth of the first: "
    "the baseline that FUSE's authors name as the next check.",
    (r"e\,M", r"M \leftarrow M - \eta\, X^\top (X M - Y)", r"\text{with momentum, until } \nabla \approx 0"),
    fit,
    order=20,
)
