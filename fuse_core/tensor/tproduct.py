"""t-product algebra on real third-order tensors of shape ``(n, m, l)``.

The t-product multiplies tensors as block-circulant matrices; a DFT along mode 3 turns it into ``l``
independent matrix products, of which real input needs only ``l // 2 + 1``.

Sources: Kilmer and Martin, "Factorization strategies for third-order tensors" (2011); FUSE,
arXiv 2408.04816, which fits its word maps with the t-product pseudoinverse.
"""

from __future__ import annotations

import torch
from torch import Tensor


def _check(name: str, a: Tensor) -> None:
    if a.ndim != 3 or a.shape[2] == 0:
        raise ValueError(f"{name} must have shape (n, m, l) with l >= 1, got {tuple(a.shape)}.")
    if a.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must be float32 or float64, got {a.dtype}; convert it with .float().")


def _check_pair(a: Tensor, b: Tensor, axis_a: int, axis_b: int) -> None:
    _check("a", a)
    _check("b", b)
    if a.shape[axis_a] != b.shape[axis_b] or a.shape[2] != b.shape[2]:
        raise ValueError(f"a {tuple(a.shape)} and b {tuple(b.shape)} do not fit together.")


def _to_frequency(a: Tensor) -> Tensor:
    """(n, m, l) real -> (l // 2 + 1, n, m) complex."""
    return torch.fft.rfft(a, dim=2).permute(2, 0, 1)


def _from_frequency(f: Tensor, l: int) -> Tensor:
    """(l // 2 + 1, n, m) complex -> (n, m, l) real."""
    return torch.fft.irfft(f.permute(1, 2, 0), n=l, dim=2)


def _is_real_frequency(k: int, l: int) -> bool:
    return k == 0 or 2 * k == l


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
    _check("a", a)
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
    _check_pair(a, b, 1, 0)
    l = a.shape[2]
    if l == 1 or 0 in (*a.shape, *b.shape):  # the FFT refuses empty tensors
        return (a[:, :, 0] @ b[:, :, 0]).unsqueeze(2).expand(-1, -1, l)
    fa, fb = _to_frequency(a), _to_frequency(b)
    products = []
    for k in range(l // 2 + 1):
        if _is_real_frequency(k, l):
            real = fa[k].real.contiguous() @ fb[k].real.contiguous()
            products.append(torch.complex(real, torch.zeros_like(real)))
        else:
            products.append(fa[k] @ fb[k])
    return _from_frequency(torch.stack(products), l)


def tpinv(a: Tensor, rtol: float | None = None) -> Tensor:
    """Moore-Penrose pseudoinverse under the t-product: a matrix pseudoinverse per frequency.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)
    rtol : float, optional
        Singular values below ``rtol`` times the largest one *over all frequencies* count as zero. A cutoff per
        frequency would invert the rounding noise of a frequency that is zero. Default: ``max(n, m) * eps``.

    Returns
    -------
    Tensor, shape = (m, n, l)
        Satisfies the four Penrose identities.

    Notes
    -----
    ``l // 2 + 1`` singular value decompositions, ``O(n m min(n, m))`` each.
    """
    _check("a", a)
    n, m, l = a.shape
    if min(n, m) == 0:
        return a.new_zeros(m, n, l)
    frequencies = _to_frequency(a)
    if rtol is None:
        rtol = max(n, m) * torch.finfo(a.dtype).eps
    largest = torch.linalg.matrix_norm(frequencies.detach(), ord=2).max()
    inverse = torch.linalg.pinv(frequencies, atol=rtol * float(largest), rtol=0.0)
    return _from_frequency(inverse, l)


def tsolve_normal(gram: Tensor, cross: Tensor, ridge: float = 0.0, eps: float | None = None) -> tuple[Tensor, bool]:
    """Solve the normal equations ``(G + ridge I) * M = C`` of a t-product least-squares problem.

    Parameters
    ----------
    gram : Tensor, shape = (m, m, l)
        ``G = A' * A`` (t-transpose), float64 for accuracy; additive over chunks of rows of ``A``.
    cross : Tensor, shape = (m, p, l)
        ``C = A' * B``.
    ridge : float
        Tikhonov weight; 0 asks for the pseudoinverse solution.
    eps : float, optional
        Relative rounding error of the products in ``gram``, which a ridge drowns; default: that of its own precision.

    Returns
    -------
    solution : Tensor, shape = (m, p, l)
    well_conditioned : bool
        False when some frequency was (nearly) singular and its small eigenvalues were cut instead.

    Notes
    -----
    One ``m x m`` Cholesky factorisation per frequency, ``O(m**3 / 3)``; an eigendecomposition where that fails.
    """
    _check_pair(gram, cross, 0, 0)
    if ridge < 0:
        raise ValueError(f"ridge must be 0 or more, got {ridge}.")
    l = gram.shape[2]
    if eps is None or ridge:
        eps = torch.finfo(gram.dtype).eps
    g, c = _to_frequency(gram), _to_frequency(cross)
    if ridge:
        g = g + ridge * torch.eye(g.shape[1], dtype=g.dtype, device=g.device)
    factor, info = torch.linalg.cholesky_ex(g)
    pivots = factor.detach().diagonal(dim1=1, dim2=2).real
    # Rounding lifts a zero ratio to about eps**0.5, and a solution is good to about eps / ratio**2: keep clear of both.
    floor = eps**0.25
    if bool((info == 0).all()) and bool((pivots.amin() > floor * pivots.amax()).item()):
        return _from_frequency(torch.cholesky_solve(c, factor), l), True
    eigenvalues, vectors = torch.linalg.eigh(g)
    cutoff = gram.shape[0] * eps * eigenvalues.detach().abs().amax()
    keep = eigenvalues > cutoff
    inverse = torch.where(keep, 1.0 / torch.where(keep, eigenvalues, torch.ones_like(eigenvalues)), 0.0)
    solution = vectors @ (inverse.unsqueeze(-1) * (vectors.mH @ c))
    return _from_frequency(solution, l), False


def tlstsq(a: Tensor, b: Tensor, ridge: float = 0.0) -> Tensor:
    """Least-squares solution of ``a * x = b``: minimises ``||a * x - b||^2 + ridge ||x||^2``.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)
    b : Tensor, shape = (n, p, l)
    ridge : float
        0 gives ``tpinv(a) * b``, the solution of least norm.

    Returns
    -------
    Tensor, shape = (m, p, l)

    Notes
    -----
    Solved from the per-frequency ``m x m`` Gram matrices in float64: ``O(n m (m + p))``, never an ``n x n`` matrix.
    With ``ridge = 0``, fewer rows than columns or an ill-conditioned Gram matrix falls back on singular values.
    """
    _check_pair(a, b, 0, 0)
    eps = torch.finfo(a.dtype).eps
    if ridge or a.shape[0] >= a.shape[1]:
        at = ttranspose(a)
        solution, well_conditioned = tsolve_normal(tprod(at, a).double(), tprod(at, b).double(), ridge, eps)
        if ridge or well_conditioned:
            return solution.to(a.dtype)
    return tprod(tpinv(a.double(), max(a.shape[:2]) * eps), b.double()).to(a.dtype)
