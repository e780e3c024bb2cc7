"""``procrustes``: an orthogonal map (Schoenemann 1966), after principal components bring the wider side to the other.

Both sides are centred, and one scale is fitted: neither changes an order of scores, and the error is then comparable.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.linear import linear_carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress


def principal_axes(centred: Tensor, width: int) -> Tensor:
    """The ``width`` directions of most variance, shape = (d, width); the identity where ``d`` is no more than that."""
    d = centred.shape[1]
    if d <= width:
        return torch.eye(d, dtype=centred.dtype, device=centred.device)
    return torch.linalg.eigh(centred.T @ centred)[1][:, -width:]


def procrustes(x: Tensor, y: Tensor) -> Tensor:
    """The scaled orthogonal map from centred ``x`` to centred ``y``, through the smaller width's principal axes.

    Parameters
    ----------
    x : Tensor, shape = (n, d_src)
    y : Tensor, shape = (n, d_tgt)

    Returns
    -------
    Tensor, shape = (d_src, d_tgt)
        ``s P R Q'`` with ``P``, ``Q`` the principal axes, ``R = U V'`` of ``(x P)' (y Q) = U S V'`` and
        ``s = tr S / ||x P||^2``. ``O(n d**2 + d**3)``, ``d`` the larger width.
    """
    width = min(x.shape[1], y.shape[1])
    p, q = principal_axes(x, width), principal_axes(y, width)
    left, right = x @ p, y @ q
    u, s, v = torch.linalg.svd(left.T @ right)
    return p @ (u @ v * (s.sum() / left.square().sum())) @ q.T


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    x, y = shared.x.double(), shared.y.double()
    m = procrustes(x - x.mean(0), y - y.mean(0))
    return linear_carrier(shared.source.table, m, y.mean(0) - x.mean(0) @ m)


KIND = AdapterKind(
    "procrustes",
    "Procrustes",
    "A rotation and a scale (Schönemann 1966), after principal components bring both tables to the smaller width: "
    "no direction may be stretched.",
    (r"s\,(e - \bar x)\,P R + \bar y", r"R = U V^\top, \ (X P)^\top Y = U S V^\top"),
    fit,
    order=30,
)
