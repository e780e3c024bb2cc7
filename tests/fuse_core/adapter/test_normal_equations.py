"""Normal equations summed slot by slot, against the t-products of the stacked tensors."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.words.word_tensors import word_tensor
from tests.fuse_core.dense import normal

SOURCE, TARGET = normal(30, 4), normal(20, 3, seed=1)


def words(i: int, j: int, n: int = 12) -> list[BucketRow]:
    draw = torch.Generator().manual_seed(10 * i + j)
    return [
        BucketRow(
            f"w{k}",
            tuple(torch.randint(0, 30, (i,), generator=draw).tolist()),
            tuple(torch.randint(0, 20, (j,), generator=draw).tolist()),
            False,
        )
        for k in range(n)
    ]


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("bucket", [(1, 1), (1, 3), (2, 1), (2, 2), (2, 3), (3, 2), (4, 4)])
def test_pair_buckets(bucket, separate):
    rows, l = words(*bucket), max(bucket)
    separate = separate and bucket[0] > 1
    system = normal_equations(SOURCE, TARGET, rows, bucket, separate)
    a, b = word_tensor(SOURCE, [r.source for r in rows], l), word_tensor(TARGET, [r.target for r in rows], l)
    if separate:
        a = split_first_token(a, l)
    assert_close(system.gram, tprod(ttranspose(a), a))
    assert_close(system.cross, tprod(ttranspose(a), b))
    assert system.energy == pytest.approx(float(b.square().sum()))
    assert system.rows == len(rows)


def test_target_buckets_cut_and_pad_the_source():
    rows = [*words(1, 2), *words(2, 2), *words(3, 2)]
    system = normal_equations(SOURCE, TARGET, rows, (0, 2), False)
    a, b = word_tensor(SOURCE, [r.source for r in rows], 2), word_tensor(TARGET, [r.target for r in rows], 2)
    assert_close(system.gram, tprod(ttranspose(a), a))
    assert_close(system.cross, tprod(ttranspose(a), b))
