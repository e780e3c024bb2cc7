"""Gram matrices, block by block, against sums of outer products."""

from __future__ import annotations

import pytest
import torch

from fuse_core.tensor.gram import gram_matrix


@pytest.mark.parametrize("columns", [1, 7, 513, 1100])  # one block, and blocks of uneven halves
def test_a_gram_matrix_is_the_sum_of_outer_products(columns):
    x = torch.randn(5, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(columns))
    expected = sum(torch.outer(row, row) for row in x)
    torch.testing.assert_close(gram_matrix(x), expected, atol=1e-12, rtol=1e-12)
