"""Pseudoinverse and least squares under the t-product (Kilmer and Martin, 2011).

FUSE (arXiv 2408.04816) fits its word maps with them: ``M = A⁺ * B``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.tensor.frequency import from_frequency, to_frequency
from fuse_core.tensor.normal_products import normal_products
from fuse_core.tensor.product import check_pair, check_tensor, tprod


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
    check_tensor("a", a)
    n, m, l = a.shape
    if min(n, m) == 0:
        return a.new_zeros(m, n, l)
    frequencies = to_frequency(a)
    if rtol is None:
        rtol = max(n, m) * torch.finfo(a.dtype).eps
    largest = max(float(torch.linalg.matrix_norm(f.detach(), ord=2)) for f in frequencies)
    return from_frequency([torch.linalg.pinv(f, atol=rtol * largest, rtol=0.0) for f in frequencies], l)


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
    One ``m x m`` Cholesky factorisation per frequency and the inverse, ``O(m**3)`` together; the eigenvalues,
    ``O(4 m**3 / 3)`` and slower by far, where norms leave it open how nearly singular a matrix is, which pivots do not
    show; an eigendecomposition where it is.
    """
    check_pair(gram, cross, 0, 0)
    l = gram.shape[2]
    if eps is None or ridge:
        eps = torch.finfo(gram.dtype).eps
    solved, well_conditioned = _solved(to_frequency(gram), to_frequency(cross), ridge, eps)
    return from_frequency(solved, l), well_conditioned


def _solved(g: Sequence[Tensor], c: Sequence[Tensor], ridge: float, eps: float) -> tuple[list[Tensor], bool]:
    """``tsolve_normal`` of every frequency's Gram matrices and right-hand sides."""
    if ridge < 0:
        raise ValueError(f"ridge must be 0 or more, got {ridge}.")
    if ridge:
        g = [x + ridge * torch.eye(len(x), dtype=x.dtype, device=x.device) for x in g]
    factors = [torch.linalg.cholesky_ex(x) for x in g]
    if all(int(info) == 0 for _, info in factors) and _well_conditioned(g, [factor for factor, _ in factors], eps):
        return [torch.cholesky_solve(y, factor) for y, (factor, _) in zip(c, factors, strict=True)], True
    decompositions = [torch.linalg.eigh(x) for x in g]
    cutoff = len(g[0]) * eps * max(float(values.detach().abs().amax()) for values, _ in decompositions)
    solved = []
    for (values, vectors), y in zip(decompositions, c, strict=True):
        keep = values > cutoff
        inverse = torch.where(keep, 1.0 / torch.where(keep, values, torch.ones_like(values)), 0.0)
        solved.append(vectors @ (inverse.unsqueeze(1) * (vectors.mH @ y)))
    return solved, False


def _well_conditioned(gram: Sequence[Tensor], factors: Sequence[Tensor], eps: float) -> bool:
    """Whether the smallest eigenvalue over all frequencies is clear of rounding: half of the digits remain.

    ``factors``: of Cholesky. Frobenius norms of the matrices and of their inverses bound the eigenvalues; they settle
    it for most.
    """
    least = eps**0.5
    inverses = [torch.cholesky_inverse(factor.detach()) for factor in factors]
    if max(map(_norm, gram)) * max(map(_norm, inverses)) < 1 / least:
        return True
    values = [torch.linalg.eigvalsh(x.detach()) for x in gram]
    return min(float(v[0]) for v in values) > least * max(float(v[-1]) for v in values)


def _norm(x: Tensor) -> float:
    return float(torch.linalg.matrix_norm(x.detach()))


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
    Solved from the per-frequency ``m x m`` Gram matrices in float64: ``O(n m (m + p))``, never an ``n x n`` matrix;
    multiplied in the precision of ``a``, in one pass over the rows (``normal_products``).
    With ``ridge = 0``, fewer rows than columns or an ill-conditioned Gram matrix falls back on singular values.
    """
    check_pair(a, b, 0, 0)
    eps = torch.finfo(a.dtype).eps
    if ridge or a.shape[0] >= a.shape[1]:
        grams, crosses = normal_products(a, b)
        solved, well_conditioned = _solved(grams, crosses, ridge, torch.finfo(torch.float64).eps if ridge else eps)
        if ridge or well_conditioned:
            return from_frequency(solved, a.shape[2]).to(a.dtype)
    return tprod(tpinv(a.double(), max(a.shape[:2]) * eps), b.double()).to(a.dtype)
