"""Two adapters on the words that both held out, against errors of the mapped words."""

from __future__ import annotations

import math

import pytest
import torch

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.common_words import common_errors
from fuse_core.words.word_tensors import word_tensor
from tests.fuse_core.builders import random_adapter
from tests.fuse_core.dense import normal, relative

SOURCE = normal(9, next(iter(random_adapter("target").maps.values())).shape[0])
TARGET = normal(9, next(iter(random_adapter("target").maps.values())).shape[1], seed=1)


def row(k: int, heldout: bool) -> BucketRow:
    return BucketRow(f"w{k}", (k % 9,), ((2 * k) % 9,), heldout, 1.0 + k)


NAMES: tuple[Bucketing, ...] = ("pair", "target")
ADAPTERS: dict[Bucketing, Adapter] = {name: random_adapter(name, dtype=torch.float64) for name in NAMES}
ROWS: dict[Bucketing, dict[tuple[int, int], list[BucketRow]]] = {
    "pair": {(1, 1): [row(k, k % 2 == 0) for k in range(20)]},
    "target": {(0, 1): [row(k, k % 2 == 0) for k in range(12)]},
}


def expected(adapter: Adapter, chosen: list[BucketRow], often: bool) -> float:
    y = word_tensor(TARGET, [r.target for r in chosen], 1)
    mapped = adapter.map_words(word_tensor(SOURCE, [r.source for r in chosen], 1), 1)
    assert mapped is not None
    weights = torch.tensor([r.weight if often else 1.0 for r in chosen]).double().sqrt()[:, None, None]
    return relative(weights * mapped, weights * y)


def test_only_words_held_out_of_both_count():
    found = common_errors(SOURCE, TARGET, ADAPTERS, with_empty_buckets())
    chosen = [row(k, True) for k in range(0, 12, 2)]
    assert found.words == len(chosen)
    for name, adapter in ADAPTERS.items():
        assert found.errors[name].error == pytest.approx(expected(adapter, chosen, often=False))
        assert found.errors[name].weighted == pytest.approx(expected(adapter, chosen, often=True))


def test_without_common_words_the_errors_are_unknown():
    rows = with_empty_buckets()
    rows["target"] = {key: [r for r in part if r.word > "w3"] for key, part in rows["target"].items()}
    rows["pair"] = {key: [r for r in part if r.word < "w2"] for key, part in rows["pair"].items()}
    found = common_errors(SOURCE, TARGET, ADAPTERS, rows)
    assert found.words == 0
    assert all(math.isnan(e.error) for e in found.errors.values())


def with_empty_buckets() -> dict[Bucketing, dict[tuple[int, int], list[BucketRow]]]:
    """The words, and none for the adapters' other buckets."""
    return {name: {key: ROWS[name].get(key, []) for key in adapter.maps} for name, adapter in ADAPTERS.items()}
