"""Least squares onto the rows of a tall matrix, such as an embedding table, by its Gram matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.tensor.precision import algebra_device

ROWS_AT_ONCE = 8192  # converted to float64 together: a whole table would take four times its memory


def gram_pinv(rows: Tensor) -> Tensor:
    """``(A' A)⁺`` of a tall matrix A, shape (n, d) -> (d, d), in the matrix's own dtype.

    With it ``A⁺ = (A' A)⁺ A'`` without a decomposition of A. Accumulated and inverted in float64: forming the Gram
    matrix squares A's condition number. ``O(n d² + d³)``.
    """
    where = algebra_device(rows.device)
    gram = torch.zeros(rows.shape[1], rows.shape[1], dtype=torch.float64, device=where)
    for part in rows.split(ROWS_AT_ONCE):
        part = part.to(where).double()
        gram += part.T @ part
    return torch.linalg.pinv(gram, hermitian=True).to(rows.dtype).to(rows.device)
