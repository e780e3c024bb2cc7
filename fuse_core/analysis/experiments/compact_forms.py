"""Ways to store an adapter in fewer bytes, each as the adapter that is read back and the bytes it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.low_rank import low_rank, low_rank_numbers
from fuse_core.adapter.shared_map import shared_map

Key = tuple[int, int]
FLOAT, HALF = 4, 2  # bytes a number


@dataclass(frozen=True)
class Fitted:
    """What forms are made of.

    Attributes
    ----------
    pair, target : Adapter
    grams : mapping
        Bucket of ``pair`` -> Gram tensor of its training words, shape = (m, m, l).
    """

    pair: Adapter
    target: Adapter
    grams: Mapping[Key, Tensor]


Form = Callable[[Fitted], tuple[Adapter, int]]


def _with_maps(adapter: Adapter, maps: dict[Key, Tensor]) -> Adapter:
    return replace(adapter, maps=maps)


def full(fitted: Fitted) -> tuple[Adapter, int]:
    """As it was fitted, in float32."""
    return fitted.pair, fitted.pair.bytes


def target(fitted: Fitted) -> tuple[Adapter, int]:
    """The paper's: one map a target length."""
    return fitted.target, fitted.target.bytes


def rounded(dtype: torch.dtype) -> Form:
    """Two bytes a number."""

    def form(fitted: Fitted) -> tuple[Adapter, int]:
        maps = {key: m.to(dtype).to(m.dtype) for key, m in fitted.pair.maps.items()}
        return _with_maps(fitted.pair, maps), fitted.pair.bytes * HALF // FLOAT

    return form


def of_rank(rank: int, weighed: bool = True, number: int = FLOAT) -> Form:
    """Factors at every frequency, weighed by the words or not."""

    def form(fitted: Fitted) -> tuple[Adapter, int]:
        maps = {}
        for key, m in fitted.pair.maps.items():
            found = low_rank(m, rank, fitted.grams[key] if weighed else None)
            maps[key] = found.half().to(m.dtype) if number == HALF else found
        return _with_maps(fitted.pair, maps), number * sum(low_rank_numbers(m, rank) for m in maps.values())

    return form


def shared(rank: int) -> Form:
    """The ``target`` map for every source length, and what it misses at a rank."""

    def form(fitted: Fitted) -> tuple[Adapter, int]:
        maps, numbers = {}, 0
        for (i, j), m in fitted.pair.maps.items():
            base = shared_map(fitted.target.maps[0, j], i, j, fitted.pair.has_first_token_block(i))
            maps[i, j] = base + low_rank(m - base, rank, fitted.grams[i, j]) if rank else base
            numbers += low_rank_numbers(m, rank)
        return _with_maps(fitted.pair, maps), fitted.target.bytes + FLOAT * numbers

    return form


FORMS: dict[str, Form] = {
    "float32": full,
    "target buckets": target,
    "float16": rounded(torch.float16),
    "bfloat16": rounded(torch.bfloat16),
    "rank 128": of_rank(128),
    "rank 64": of_rank(64),
    "rank 64, float16": of_rank(64, number=HALF),
    "rank 64, unweighted": of_rank(64, weighed=False),
    "rank 32": of_rank(32),
    "rank 16": of_rank(16),
    "rank 1": of_rank(1),
    "shared over i": shared(0),
    "shared, residual of rank 32": shared(32),
}
