"""Maps bucket by bucket: what they miss, by the mapped words themselves, and what their fits take."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.map import apply_map
from fuse_core.analysis.experiments.bucket_sweep import FittedBucket, facts_of, fit_buckets, judge_maps
from fuse_core.analysis.experiments.dimensions import principal_directions, widened
from fuse_core.analysis.experiments.peak_memory import with_peak_memory
from fuse_core.words.word_tensors import word_tensor
from tests.fuse_core.dense import normal

SOURCE, TARGET = normal(12, 4), normal(12, 3, seed=1)


def words(bucket: tuple[int, int], n: int = 30) -> list[BucketRow]:
    i, j = bucket
    ids = torch.randint(0, 12, (n, i + j), generator=torch.Generator().manual_seed(i + j)).tolist()
    return [BucketRow(f"w{k}", tuple(row[:i]), tuple(row[i:]), True) for k, row in enumerate(ids)]


def test_words_out_of_reach_are_missed_as_a_whole():
    heldout = {key: words(key) for key in ((1, 1), (1, 2), (2, 2))}
    maps = {(1, 1): normal(4, 3, 1), (2, 2): normal(8, 3, 2, seed=2)}  # none for (1, 2)
    missed, total, served = 0.0, 0.0, 0.0
    for (i, j), rows in heldout.items():
        y = word_tensor(TARGET, [row.target for row in rows], j)
        x = word_tensor(SOURCE, [row.source for row in rows], i)
        there = apply_map(x, maps[i, j], j) if (i, j) == (1, 1) else torch.zeros_like(y)
        missed, total = missed + float((there - y).square().sum()), total + float(y.square().sum())
        if (i, j) == (1, 1):
            served = (float((there - y).square().sum()) / float(y.square().sum())) ** 0.5
    found = judge_maps(SOURCE, TARGET, heldout, maps, "pair", 1)  # L = 1: (2, 2) is out of reach, too
    assert found == {
        "error": pytest.approx((missed / total) ** 0.5),
        "reached_error": pytest.approx(served),
        "reached": 30,
    }


def test_facts_are_those_of_the_maps_within_reach():
    fitted = {
        (1, 1): FittedBucket(normal(4, 3, 1), 1.0, 10.0),
        (2, 2): FittedBucket(normal(8, 3, 2), 2.0, None),
    }
    assert facts_of(fitted, 1) == {"bytes": 4 * 3 * 8, "fit_seconds": 1.0, "peak": 10.0}
    assert facts_of(fitted, 2) == {"bytes": (4 * 3 + 8 * 3 * 2) * 8, "fit_seconds": 3.0, "peak": 10.0}


def test_buckets_of_too_few_words_have_no_map():
    rows = {key: words(key, n) for key, n in (((1, 1), 60), ((2, 2), 3))}
    training = {key: [BucketRow(r.word, r.source, r.target, False) for r in part] for key, part in rows.items()}
    assert list(fit_buckets(SOURCE, TARGET, training, "pair")) == [(1, 1)]


@pytest.mark.parametrize("i", [1, 2])
def test_a_map_between_directions_is_one_between_tables(i):
    """Words in the principal directions, mapped there and brought back."""
    left, right = (principal_directions(table, 2).double() for table in (SOURCE, TARGET))
    small, rows = normal(2 * i, 2, 2, seed=3), words((i, 2))
    x = word_tensor(SOURCE, [row.source for row in rows], i)
    inside = torch.einsum("ndi,dk->nki", x, left)
    expected = torch.einsum("nkj,pk->npj", apply_map(inside, small, 2), right)
    torch.testing.assert_close(apply_map(x, widened(small, left, right, i), 2), expected)


def test_principal_directions_keep_the_most_energy():
    table = normal(50, 6)
    table[:, 2] *= 9.0
    (direction,) = principal_directions(table, 1).T
    assert abs(float(direction[2])) > 0.95
    assert principal_directions(table, 9).shape == (6, 6)


def test_peak_memory_sees_what_was_taken_and_returns_what_was_made():
    found, peak = with_peak_memory(lambda: torch.ones(30_000_000).sum())
    assert float(found) == 30_000_000
    assert peak is None or peak > 60e6
