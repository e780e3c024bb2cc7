"""Linear centred kernel alignment: how alike two embedding tables are, whatever rotation lies between them."""

from __future__ import annotations

from torch import Tensor


def linear_cka(x: Tensor, y: Tensor) -> float:
    """Linear CKA (Kornblith et al. 2019) of the same words in two tables.

    Parameters
    ----------
    x : Tensor, shape = (n, d_src)
    y : Tensor, shape = (n, d_tgt)

    Returns
    -------
    float
        ``||X' Y||^2 / (||X' X|| ||Y' Y||)`` of the centred tables, 0 to 1: 1 for tables that are equal up to rotation,
        shift and scale. ``O(n d_src d_tgt)``.
    """
    x, y = (t.double() - t.double().mean(0) for t in (x, y))
    return float((x.T @ y).square().sum() / ((x.T @ x).norm() * (y.T @ y).norm()))
