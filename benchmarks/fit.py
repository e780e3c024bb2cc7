"""Least squares under the t-product: ours, against the two ways that come to mind first. ``python -m benchmarks.fit``.

*Ours* (``tlstsq``) solves the normal equations of each of the ``l // 2 + 1`` frequencies; *pinv* is
``torch.linalg.pinv`` of each of the ``l`` frequencies, times the right-hand side; *block-circulant* is the
pseudoinverse of the ``n l x m l`` matrix that the tensor stands for. Random tensors in single precision; a way is left
out where its singular values alone would take more than ``--flops``. All of them in turn, medians of ``--times`` runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor

from benchmarks.interleaved import Timed, interleaved, peak_memory, ratio
from benchmarks.report import Report, published
from fuse_core.analysis.lessons.by_hand import block_circulant, stacked
from fuse_core.tensor.frequency import multiplicity
from fuse_core.tensor.product import tprod
from fuse_core.tensor.solve import tlstsq

OURS, PINV, CIRCULANT = "ours", "pinv", "block-circulant"
FLOPS = 1.5e12  # of a decomposition: about a minute on two cores


@dataclass(frozen=True)
class Size:
    """Of ``A`` (n, m, l) and ``B`` (n, p, l)."""

    n: int
    m: int
    p: int
    l: int

    @property
    def flops(self) -> float:
        """Of ours: half of each Gram matrix, and the right-hand sides; a complex product counts as four real ones.

        The factorisation adds ``O(m³)``, which does not grow with the rows, and is left out.
        """
        real = self.n * self.m * (self.m + 2 * self.p)
        return sum(real * (1 if times == 1 else 4) for times in multiplicity(self.l))

    def decomposition(self, way: str) -> float:
        """Flops of the singular values that a way needs, about: ``6 n m²``, four times that for complex entries."""
        if way == OURS:
            return 0.0
        if way == PINV:
            return 24.0 * self.l * self.n * self.m**2
        return 6.0 * (self.n * self.l) * (self.m * self.l) ** 2


SIZES = (
    Size(1024, 384, 384, 1),
    Size(1024, 384, 384, 4),
    Size(4096, 384, 384, 2),
    Size(8192, 576, 384, 4),
    Size(16384, 576, 384, 4),
    Size(2048, 1024, 512, 3),
    Size(4096, 576, 384, 8),
)


def tensors(size: Size) -> tuple[Tensor, Tensor]:
    """Random ``A`` and ``B``."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(size.n, size.m, size.l, generator=generator)
    return a, torch.randn(size.n, size.p, size.l, generator=generator)


def by_pinv(a: Tensor, b: Tensor) -> Tensor:
    """A pseudoinverse of every frequency, conjugates and all."""
    f, g = (torch.fft.fft(x, dim=2).movedim(2, 0) for x in (a, b))
    return torch.fft.ifft(torch.linalg.pinv(f) @ g, dim=0).real.movedim(0, 2)


def by_block_circulant(a: Tensor, b: Tensor) -> Tensor:
    """The pseudoinverse of the matrix that the tensor stands for."""
    found = torch.linalg.pinv(block_circulant(a)) @ stacked(b)
    return found.reshape(a.shape[2], a.shape[1], b.shape[1]).permute(1, 2, 0)


WAYS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {OURS: tlstsq, PINV: by_pinv, CIRCULANT: by_block_circulant}


def prepared(size: Size, way: str) -> Callable[[], Tensor]:
    """A way's work on a size, for ``peak_memory``."""
    a, b = tensors(size)
    return lambda: WAYS[way](a, b)


def residual(a: Tensor, x: Tensor, b: Tensor) -> float:
    """``||A * X - B|| / ||B||`` in double precision."""
    left = tprod(a.double(), x.double()) - b.double()
    return float(left.norm() / b.double().norm())


def product_rate(times: int) -> float:
    """Flops a second of a matrix product in single precision, 2,048 a side: what this machine does at most."""
    x = torch.randn(2048, 2048)
    return 2 * 2048**3 / interleaved({"": lambda: x @ x}, times)[""].median


def row(size: Size, times: int, most: float, rate: float) -> dict[str, object]:
    """One size, every way that is not left out."""
    a, b = tensors(size)
    used = {name: way for name, way in WAYS.items() if size.decomposition(name) <= most}
    made: dict[str, Tensor] = {}
    turns = {name: lambda n=name, w=way: made.update({n: w(a, b)}) for name, way in used.items()}
    timed: dict[str, Timed] = interleaved(turns, times)
    found: dict[str, object] = {"n, m, p, l": f"{size.n:,}, {size.m}, {size.p}, {size.l}"}
    for name in WAYS:
        if name != OURS:
            found[f"{name} / ours"] = f"{ratio(timed[name], timed[OURS]):.1f}" if name in used else "left out"
    found["of this machine's products"] = f"{size.flops / timed[OURS].median / rate:.0%}"
    inputs = 4.0 * size.n * size.l * (size.m + size.p)
    for name in WAYS:
        memory = f"{peak_memory(prepared, size, name) / inputs:.1f}" if name in used else ""
        found[f"memory over that of A and B, {name}"] = memory
    for name, x in made.items():
        found[f"residual, {name}"] = f"{residual(a, x, b):.6f}"
    return found


def measure(times: int, most: float, sizes: Sequence[Size]) -> Report:
    """A row a size."""
    rate = product_rate(3 * times)
    rows = []
    for size in sizes:
        rows.append(row(size, times, most, rate))
        print(rows[-1], file=sys.stderr)
    about = (
        "Ratios are medians of runs that took turns, above 1 where ours is faster. *Of this machine's products*: the "
        "flops that ours needs at least, over its time, as a share of what a product of two 2,048 x 2,048 matrices did."
    )
    return Report("fit", "Least squares under the t-product", about, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, metavar="N", help="runs of each way (%(default)s)")
    parser.add_argument(
        "--flops", type=float, default=FLOPS, metavar="F", help="most for a decomposition (%(default)g)"
    )
    parser.add_argument("--rows", type=int, nargs="+", metavar="n", help="sizes of so many rows alone")
    options = parser.parse_args()
    sizes = [size for size in SIZES if options.rows is None or size.n in options.rows]
    published(measure(options.times, options.flops, sizes))


if __name__ == "__main__":
    main()
