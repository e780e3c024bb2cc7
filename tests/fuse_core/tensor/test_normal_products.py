"""Products of the normal equations in one pass, against the products of whole frequencies."""

from __future__ import annotations

import pytest
import torch

from fuse_core.tensor import normal_products as module
from fuse_core.tensor.frequency import to_frequency
from fuse_core.tensor.normal_products import normal_products, real_basis
from tests.fuse_core.dense import normal


@pytest.mark.parametrize("l", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("rows", [1, 5, 8])  # a chunk, chunks of which the last is short, whole chunks
def test_they_are_those_of_the_frequencies(l, rows, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 4)
    a, b = normal(rows, 6, l, seed=1), normal(rows, 3, l, seed=2)
    grams, crosses = normal_products(a, b)
    for gram, cross, f, g in zip(grams, crosses, to_frequency(a), to_frequency(b), strict=True):
        torch.testing.assert_close(gram, f.mH @ f, atol=1e-12, rtol=1e-12)
        torch.testing.assert_close(cross, f.mH @ g, atol=1e-12, rtol=1e-12)


def test_the_basis_is_the_transform_of_unit_vectors():
    found = torch.fft.rfft(torch.eye(5, dtype=torch.float64), dim=0)
    rows = [found[0].real, *(part for k in (1, 2) for part in (found[k].real, found[k].imag))]
    torch.testing.assert_close(real_basis(5), torch.stack(rows))


def test_they_are_given_in_double_precision():
    a = normal(9, 2, 3).float()
    assert [x.dtype for x in normal_products(a, a)[0]] == [torch.float64, torch.complex128]
