"""Gram matrices of tall matrices, such as an embedding table's: each pair of mirrored entries is multiplied once."""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.tensor.precision import algebra_device

ROWS_AT_ONCE = 8192  # converted to float64 together: a whole table would take four times its memory
LEAST = 512  # columns of a block that is not halved further: small products are slower than they are fewer


def gram_matrix(x: Tensor) -> Tensor:
    """``x' x`` of a real matrix, shape (n, d) -> (d, d).

    Notes
    -----
    It is symmetric, so of each pair of mirrored blocks one is multiplied: ``n d²`` flops for many columns, half of a
    product's.
    """
    half = x.new_zeros(x.shape[1], x.shape[1])
    add_half(half, x)
    return mirrored(half)


def add_half(total: Tensor, x: Tensor) -> None:
    """Add ``x' x`` to a matrix, in place: its upper half and whole blocks of its diagonal."""
    d = x.shape[1]
    if d < LEAST:
        total.addmm_(x.T, x)
        return
    left, right = x[:, : d // 2], x[:, d // 2 :]
    add_half(total[: d // 2, : d // 2], left)
    add_half(total[d // 2 :, d // 2 :], right)
    total[: d // 2, d // 2 :].addmm_(left.T, right)


def mirrored(half: Tensor) -> Tensor:
    """The symmetric matrix whose upper half is given."""
    return half.triu() + half.triu(1).T


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
