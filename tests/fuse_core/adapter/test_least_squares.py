"""Maps of whole buckets: the ridge that is chosen, and the pseudoinverse where it is delicate."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import map_errors
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.gcv import GRID
from fuse_core.adapter.least_squares import solve_map
from fuse_core.words.word_tensors import pad_slots, word_tensor
from tests.fuse_core.dense import bcirc, fold, normal, relative, unfold


def words(bucket: tuple[int, int], n: int, tokens: int, seed: int = 0) -> list[BucketRow]:
    """Random words of the same ``tokens`` in both vocabularies."""
    i, j = bucket
    ids = torch.randint(0, tokens, (n, i + j), generator=torch.Generator().manual_seed(seed)).tolist()
    return [BucketRow(f"w{k}", tuple(row[:i]), tuple(row[i:]), False) for k, row in enumerate(ids)]


def stacked(source: Tensor, target: Tensor, rows: list[BucketRow], bucket: tuple[int, int], separate: bool):
    """The word tensors ``A`` and ``B``."""
    (i, j), l = bucket, max(bucket)
    a, b = (word_tensor(source, [r.source for r in rows], i), word_tensor(target, [r.target for r in rows], j))
    return split_first_token(a, l) if separate else pad_slots(a, l), pad_slots(b, l)


@pytest.mark.parametrize("bucket", [(1, 1), (1, 3), (2, 1), (2, 3), (3, 2), (3, 3)])
@pytest.mark.parametrize(("smallest", "precision"), [(1e-3, 1e-8), (1e-9, 1e-4)])
@pytest.mark.parametrize("n", [6, 60])
def test_without_a_ridge_the_map_is_the_pseudoinverse_at_any_condition(bucket, smallest, precision, n):
    source, target = normal(40, 5), normal(40, 3, seed=1)
    source[:, 4] = source[:, 0] + smallest * source[:, 4]
    rows, separate = words(bucket, n, 40), bucket[0] > 1
    m, weight = solve_map(source, target, rows, bucket, separate, 0)
    a, b = stacked(source, target, rows, bucket, separate)
    assert weight == 0
    expected = fold(torch.linalg.pinv(bcirc(a), rtol=1e-13) @ unfold(b), max(bucket))
    assert relative(m, expected) < precision


def tables(vocabulary: int, d_src: int, d_tgt: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two tables with the spectra that embedding tables have: one direction in all tokens, the others a power law.

    The target is a linear map of the source and, to two thirds of its energy, something else.
    """
    spread = torch.arange(1.0, d_src + 1) ** -0.5
    source = normal(vocabulary, d_src, seed=seed) * spread + 3 * normal(d_src, seed=seed + 1)
    truth = source @ normal(d_src, d_tgt, seed=seed + 2)
    truth /= truth.std()
    return source.float(), (truth + 1.5 * normal(vocabulary, d_tgt, seed=seed + 3)).float()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("n", [20, 60, 120, 400, 1500])
@pytest.mark.parametrize("bucket", [(1, 1), (2, 2), (1, 2)])
def test_the_automatic_ridge_is_within_five_percent_of_the_best_on_the_grid(bucket, n, seed):
    """On words that the fit did not see. 20 to 1,500 of them are to 60 channels what 200 to 15,000 are to 576."""
    (i, j), d, vocabulary = bucket, 60, 6000
    source, target = tables(vocabulary, d, 40, seed)
    ids = torch.randint(0, vocabulary, (n + 600, max(bucket)), generator=torch.Generator().manual_seed(seed)).tolist()
    rows = [BucketRow(f"w{k}", tuple(row[:i]), tuple(row[:j]), False) for k, row in enumerate(ids)]
    training, others = rows[:n], rows[n:]
    m, weight = solve_map(source, target, training, bucket, i > 1, "auto")
    a, _ = stacked(source, target, training, bucket, i > 1)
    scale = float(a.double().square().sum()) / a.shape[1]
    errors = [
        map_errors(source, target, others, bucket, solve_map(source, target, training, bucket, i > 1, w)[0]).error
        for w in [scale * step for step in GRID]
    ]
    assert min(abs(math.log(weight / (scale * step))) for step in GRID) < 1e-3
    assert map_errors(source, target, others, bucket, m).error <= 1.05 * min(errors)
