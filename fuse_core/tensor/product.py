"""t-product, t-transpose and identity on real third-order tensors of shape ``(n, m, l)``.

The t-product multiplies tensors as block-circulant matrices; a DFT along mode 3 turns it into ``l`` independent matrix
products, of which real input needs only ``l // 2 + 1``.

Sources: Kilmer and Martin, "Factorization strategies for third-order tensors" (2011); FUSE, arXiv 2408.04816, whose
``A * B`` and ``A'`` these are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.tensor.frequency import from_frequency, to_frequency


def check_tensor(name: str, a: Tensor) -> None:
    """Raise unless a tensor is (n, m, l) with ``l >= 1``, float32 or float64."""
    if a.ndim != 3 or a.shape[2] == 0:
        raise ValueError(f"{name} must have shape (n, m, l) with l >= 1, got {tuple(a.shape)}.")
    if a.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must be float32 or float64, got {a.dtype}; convert it with .float().")


def check_pair(a: Tensor, b: Tensor, axis_a: int, axis_b: int) -> None:
    """Raise unless two tensors have as many slots and the two axes are as long as each other."""
    check_tensor("a", a)
    check_tensor("b", b)
    if a.shape[axis_a] != b.shape[axis_b] or a.shape[2] != b.shape[2]:
        raise ValueError(f"a {tuple(a.shape)} and b {tuple(b.shape)} do not fit together.")


def tidentity(
    d: int, l: int, *, dtype: torch.dtype = torch.float32, device: torch.device | str | None = None
) -> Tensor:
    """The t-product identity: first frontal slice ``eye(d)``, the others zero.

    Returns
    -------
    Tensor, shape = (d, d, l)
    """
    identity = torch.zeros(d, d, l, dtype=dtype, device=device)
    identity[:, :, 0] = torch.eye(d, dtype=dtype, device=device)
    return identity


def ttranspose(a: Tensor) -> Tensor:
    """t-transpose: every frontal slice transposed, slices ``1 .. l-1`` in reverse order.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)

    Returns
    -------
    Tensor, shape = (m, n, l)
    """
    check_tensor("a", a)
    return torch.cat([a[:, :, :1], a[:, :, 1:].flip(2)], dim=2).transpose(0, 1)


def tprod(a: Tensor, b: Tensor) -> Tensor:
    """t-product: ``(a * b)[:, :, k] = sum_s a[:, :, s] @ b[:, :, (k - s) mod l]``.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)
    b : Tensor, shape = (m, p, l)

    Returns
    -------
    Tensor, shape = (n, p, l)

    Notes
    -----
    About ``2 n m p`` flops for each of the one or two real frequencies and ``8 n m p`` for each complex one: for
    ``l = 4`` six real matrix products instead of the sixteen of the definition.
    """
    check_pair(a, b, 1, 0)
    l = a.shape[2]
    if 0 in (*a.shape, *b.shape):  # the FFT refuses empty tensors
        return a.new_zeros(a.shape[0], b.shape[1], l)
    return from_frequency([x @ y for x, y in zip(to_frequency(a), to_frequency(b), strict=True)], l)
