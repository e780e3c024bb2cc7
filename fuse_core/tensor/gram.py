"""Gram matrices of tall matrices, such as an embedding table's: each pair of mirrored entries is multiplied once."""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.tensor.precision import algebra_device

ROWS_AT_ONCE = 8192  # converted to float64 together: a whole table would take four times its memory
LEAST = 512  # columns of a block that is not halved further: small products are slower than they are fewer


def gram_matrix(x: Tensor) -> Tensor:
    """``x^H x`` of a matrix, real or complex, shape (n, d) -> (d, d).

    Notes
    -----
    It is Hermitian, so of each pair of mirrored blocks one is multiplied: ``n d²`` flops for many columns, half of a
    product's. Complex ``x = u + iv``: ``u' u + v' v`` is symmetric, and of ``u' v - v' u`` one term is the other's
    transpose: ``4 n d²`` in place of ``8 n d²``.
    """
    if not x.is_complex():
        return _symmetric(x)
    u, v = x.real.contiguous(), x.imag.contiguous()
    turned = u.T @ v
    return torch.complex(_symmetric(u) + _symmetric(v), turned - turned.T)


def _symmetric(x: Tensor) -> Tensor:
    d = x.shape[1]
    if d < LEAST:
        return x.T @ x
    left, right = x[:, : d // 2], x[:, d // 2 :]
    corner = left.T @ right
    return torch.cat([torch.cat([_symmetric(left), corner], dim=1), torch.cat([corner.T, _symmetric(right)], dim=1)])


def gram_pinv(rows: Tensor) -> Tensor:
    """``(A' A)⁺`` of a tall matrix A, shape (n, d) -> (d, d), in the matrix's own dtype.

    With it ``A⁺ = (A' A)⁺ A'`` without a decomposition of A. Accumulated and inverted in float64: forming the Gram
    matrix squares A's condition number. ``O(n d² + d³)``.
    """
    where = algebra_device(rows.device)
    gram = torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64, device=where)
    for part in rows.split(ROWS_AT_ONCE):
        part = part.to(where).double()
        gram += gram_matrix(part)
    return torch.linalg.pinv(gram, hermitian=True).to(rows.dtype).to(rows.device)
