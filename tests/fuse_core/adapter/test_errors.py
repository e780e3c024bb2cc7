"""Errors of maps, word by word, against the mapped words themselves."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import map_errors, mean_error, squared_errors
from fuse_core.adapter.map import apply_map
from fuse_core.words.word_tensors import word_tensor
from tests.fuse_core.dense import normal, relative

SOURCE, TARGET = normal(9, 4), normal(9, 3, seed=1)


def words(bucket: tuple[int, int], n: int, seed: int = 0) -> list[BucketRow]:
    i, j = bucket
    ids = torch.randint(0, 9, (n, i + j), generator=torch.Generator().manual_seed(seed)).tolist()
    return [BucketRow(f"w{k}", tuple(row[:i]), tuple(row[i:]), False, 1.0 / (k + 1)) for k, row in enumerate(ids)]


def truth(rows: list[BucketRow], j: int) -> torch.Tensor:
    return word_tensor(TARGET, [row.target for row in rows], j)


@pytest.mark.parametrize("bucket", [(1, 2), (2, 1), (2, 2), (3, 3)])
def test_errors_are_those_of_the_mapped_words(bucket):
    rows, m = words(bucket, 50), normal(4 * (1 + (bucket[0] > 1)), 3, max(bucket), seed=2)
    y = truth(rows, bucket[1])
    mapped = apply_map(word_tensor(SOURCE, [row.source for row in rows], bucket[0]), m, bucket[1])
    missed, total = squared_errors(SOURCE, TARGET, rows, bucket, m)
    assert missed.tolist() == pytest.approx((mapped - y).square().sum((1, 2)).tolist())
    assert total.tolist() == pytest.approx(y.square().sum((1, 2)).tolist())
    found = map_errors(SOURCE, TARGET, rows, bucket, m)
    often = torch.tensor([row.weight for row in rows]).double().sqrt()[:, None, None]
    assert found.error == pytest.approx(relative(mapped, y))
    assert found.weighted == pytest.approx(relative(often * mapped, often * y))
    assert found.weighted != pytest.approx(found.error, rel=1e-3)


def test_source_words_of_any_length_are_cut_or_padded():
    rows = [*words((1, 2), 5), *words((3, 2), 5, seed=1)]
    m = normal(4, 3, 2, seed=2)
    mapped = apply_map(word_tensor(SOURCE, [row.source for row in rows], 2), m, 2)
    assert map_errors(SOURCE, TARGET, rows, (0, 2), m).error == pytest.approx(relative(mapped, truth(rows, 2)))


@pytest.mark.parametrize("j", [1, 2, 3])
def test_the_mean_is_that_of_the_training_words(j):
    training, rows = words((1, j), 30), words((1, j), 20, seed=1)
    mean = truth(training, j).mean(0, keepdim=True).expand(20, -1, -1)
    assert mean_error(TARGET, training, rows, j) == pytest.approx(relative(mean, truth(rows, j)))


def test_weights_are_relative():
    rows, m = words((1, 1), 20), normal(4, 3, 1, seed=2)
    thrice = [replace(row, weight=3 * row.weight) for row in rows]
    found, same = (map_errors(SOURCE, TARGET, part, (1, 1), m).weighted for part in (rows, thrice))
    assert found == pytest.approx(same)


def test_without_words_the_errors_are_unknown():
    found = map_errors(SOURCE, TARGET, [], (1, 1), normal(4, 3, 1))
    assert math.isnan(found.error)
    assert math.isnan(found.weighted)
    assert math.isnan(mean_error(TARGET, words((1, 1), 5), [], 1))
