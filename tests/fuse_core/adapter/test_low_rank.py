"""Low rank per frequency, against dense matrices in float64."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.low_rank import low_rank, low_rank_numbers
from fuse_core.tensor.frequency import to_frequency
from fuse_core.tensor.product import tprod, ttranspose
from tests.fuse_core.dense import bcirc, normal


@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_without_words_it_is_the_truncated_svd_of_every_frequency(l):
    m = normal(7, 5, l)
    for found, whole in zip(to_frequency(low_rank(m, 2)), to_frequency(m), strict=True):
        u, s, v = torch.linalg.svd(whole, full_matrices=False)
        torch.testing.assert_close(found, (u[:, :2] * s[:2]) @ v[:2])


@pytest.mark.parametrize("l", [1, 2, 3])
def test_with_words_no_other_map_of_that_rank_keeps_them_better(l):
    """By Eckart and Young the best that any rank can do to ``A * M``, written out as a matrix a frequency."""
    a, m = normal(30, 7, l), normal(7, 5, l, seed=1)
    a[:, 0] *= 20.0  # a direction that words use much
    gram = tprod(ttranspose(a), a)
    missed = float((tprod(a, m) - tprod(a, low_rank(m, 2, gram))).square().sum())
    least = sum(
        weight * float(torch.linalg.svdvals(x @ y)[2:].square().sum())
        for x, y, weight in zip(to_frequency(a), to_frequency(m), _multiplicity(l), strict=True)
    )
    assert missed == pytest.approx(least / l)
    assert missed < float((tprod(a, m) - tprod(a, low_rank(m, 2))).square().sum())


def _multiplicity(l: int) -> list[int]:
    return [1 if k == 0 or 2 * k == l else 2 for k in range(l // 2 + 1)]


def test_the_rank_is_that_of_the_block_circulant_matrix():
    assert torch.linalg.matrix_rank(bcirc(low_rank(normal(6, 6, 3), 2))) == 2 * 3


def test_numbers_of_the_factors():
    assert low_rank_numbers(normal(8, 6, 4), 2) == 2 * (8 + 6) * 4
    assert low_rank_numbers(normal(8, 6, 4), 6) == 8 * 6 * 4  # no more than the map
