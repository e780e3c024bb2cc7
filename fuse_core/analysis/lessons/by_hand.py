"""The t-product by its definition, one matrix product at a time, and how many each way to it takes.

Sources: Kilmer and Martin, "Factorization strategies for third-order tensors" (2011); FUSE, arXiv 2408.04816.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.tensor.product import check_pair, check_tensor, tprod

REPEATS = 5  # of a timing, of which the median counts


@dataclass(frozen=True)
class Product:
    """One of the products that a slice of ``a * b`` is the sum of: slice ``s`` of a times slice ``t`` of b."""

    s: int
    t: int
    value: Tensor


def products_of_slice(a: Tensor, b: Tensor, k: int) -> list[Product]:
    """What slice ``k`` of ``a * b`` is the sum of: ``a[:, :, s] @ b[:, :, (k - s) mod l]`` for each ``s``.

    Parameters
    ----------
    a : Tensor, shape = (n, m, l)
    b : Tensor, shape = (m, p, l)

    Returns
    -------
    list of Product
        ``l`` of them, each of shape (n, p).
    """
    check_pair(a, b, 1, 0)
    l = a.shape[2]
    return [Product(s, (k - s) % l, a[:, :, s] @ b[:, :, (k - s) % l]) for s in range(l)]


def product_by_hand(a: Tensor, b: Tensor) -> Tensor:
    """``a * b`` by its definition, shape = (n, p, l). ``l²`` matrix products."""
    slices = [torch.stack([p.value for p in products_of_slice(a, b, k)]).sum(0) for k in range(a.shape[2])]
    return torch.stack(slices, dim=2)


def block_circulant(a: Tensor) -> Tensor:
    """The block-circulant matrix of a tensor, shape (n, m, l) -> (n l, m l): block ``(r, c)`` is slice ``r - c`` mod l.

    With it ``a * b`` is an ordinary product, the slices of b stacked.
    """
    check_tensor("a", a)
    l = a.shape[2]
    return torch.cat([torch.cat([a[:, :, (r - c) % l] for c in range(l)], dim=1) for r in range(l)], dim=0)


def stacked(b: Tensor) -> Tensor:
    """The slices of a tensor one below the other, shape (m, p, l) -> (m l, p)."""
    return torch.cat(list(b.unbind(2)), dim=0)


@dataclass(frozen=True)
class Cost:
    """A way to the t-product: how many products of ``n x m`` with ``m x p`` matrices it takes, and of which numbers."""

    way: str
    products: int
    is_complex: bool
    multiplications: int
    seconds: float | None = None


def costs(n: int, m: int, p: int, l: int) -> list[Cost]:
    """By the definition ``l²`` products, by the Fourier transform ``l``, by that of real input ``l // 2 + 1``.

    A complex product counts as four real ones; the transforms, ``O((nm + mp + np) l log l)``, are left out.
    """
    one = n * m * p
    real = 1 + (l % 2 == 0) if l > 1 else 1  # frequencies at which the transform of real input is real
    halves = l // 2 + 1
    return [
        Cost("definition", l * l, False, l * l * one),
        Cost("transform", l, True, 4 * l * one),
        Cost("real transform", halves, True, (real + 4 * (halves - real)) * one),
    ]


def timed(n: int, m: int, p: int, l: int) -> list[Cost]:
    """The same, each way timed on random tensors: the median of five, in seconds. O(l² n m p)."""
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(n, m, l, generator=generator), torch.randn(m, p, l, generator=generator)
    ways: list[Callable[[], Tensor]] = [
        lambda: product_by_hand(a, b),
        lambda: _full_transform(a, b),
        lambda: tprod(a, b),
    ]
    return [
        Cost(cost.way, cost.products, cost.is_complex, cost.multiplications, _median(way))
        for cost, way in zip(costs(n, m, p, l), ways, strict=True)
    ]


def _full_transform(a: Tensor, b: Tensor) -> Tensor:
    """Through all frequencies, as if the input were complex."""
    product = torch.einsum("nml,mpl->npl", torch.fft.fft(a), torch.fft.fft(b))
    return torch.fft.ifft(product).real


def _median(work: Callable[[], Tensor]) -> float:
    work()
    found = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return sorted(found)[REPEATS // 2]
