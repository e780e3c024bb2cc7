"""Gram matrices, block by block, against sums of outer products."""

from __future__ import annotations

import pytest
import torch

from fuse_core.tensor.gram import gram_matrix


@pytest.mark.parametrize("columns", [1, 7, 513, 1100])  # one block, and blocks of uneven halves
@pytest.mark.parametrize("complex_entries", [False, True])
def test_a_gram_matrix_is_the_sum_of_outer_products(columns, complex_entries):
    generator = torch.Generator().manual_seed(columns)
    x = torch.randn(5, columns, dtype=torch.float64, generator=generator)
    if complex_entries:
        x = torch.complex(x, torch.randn(5, columns, dtype=torch.float64, generator=generator))
    expected = sum(torch.outer(row.conj(), row) for row in x)
    torch.testing.assert_close(gram_matrix(x), expected, atol=1e-12, rtol=1e-12)
