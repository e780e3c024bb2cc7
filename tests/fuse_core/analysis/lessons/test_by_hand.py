from __future__ import annotations

import pytest
import torch

from fuse_core.analysis.lessons.by_hand import (
    block_circulant,
    costs,
    product_by_hand,
    products_of_slice,
    stacked,
    timed,
)
from fuse_core.tensor.product import tprod

A = torch.tensor([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [0, 0]]]).permute(1, 2, 0).double()
B = torch.tensor([[[1, 2], [0, 1]], [[0, 1], [1, 0]], [[2, 0], [0, 1]]]).permute(1, 2, 0).double()
C = torch.tensor([[[1, 4], [2, 1]], [[2, 2], [2, 2]], [[4, 2], [0, 2]]]).permute(1, 2, 0).double()  # by hand


def test_the_example_is_the_product_computed_by_hand():
    assert torch.equal(product_by_hand(A, B), C)
    torch.testing.assert_close(tprod(A, B), C)
    assert torch.equal(block_circulant(A) @ stacked(B), stacked(C))


def test_a_slice_is_the_sum_of_products_of_slices_whose_numbers_add_up_to_it():
    parts = products_of_slice(A, B, 1)
    assert [(part.s, part.t) for part in parts] == [(0, 1), (1, 0), (2, 2)]
    assert [part.value.tolist() for part in parts] == [[[0, 1], [1, 0]], [[0, 1], [1, 2]], [[2, 0], [0, 0]]]


def test_one_slice_is_the_ordinary_product():
    assert torch.equal(product_by_hand(A[:, :, :1], B[:, :, :1])[:, :, 0], A[:, :, 0] @ B[:, :, 0])


COUNTED = {1: [1, 1, 1], 2: [4, 2, 2], 3: [9, 3, 2], 4: [16, 4, 3], 5: [25, 5, 3]}


@pytest.mark.parametrize("l", COUNTED)
def test_products_are_counted(l):
    assert [cost.products for cost in costs(2, 3, 4, l)] == COUNTED[l]


def test_multiplications_are_counted():
    """For l = 4: frequencies 0 and 2 are real, frequency 1 is complex, and 3 is its conjugate."""
    assert [cost.multiplications for cost in costs(2, 3, 4, 4)] == [16 * 24, 4 * 4 * 24, (1 + 4 + 1) * 24]


def test_every_way_is_timed():
    assert all(cost.seconds > 0 for cost in timed(8, 8, 8, 3))
