"""Spectra against dense singular values, and the Penrose identities."""

from __future__ import annotations

import math

import pytest
import torch

from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.analysis import spectrum
from fuse_core.analysis.spectrum import FrequencySpectrum, gram_spectra, penrose_residuals, spectra
from fuse_core.tensor.product import tprod, ttranspose
from tests.fuse_core.dense import KINDS, bcirc, normal, shaped


def path_of(a: torch.Tensor) -> RidgePath:
    at = ttranspose(a)
    b = normal(a.shape[0], 2, a.shape[2], seed=5)
    system = NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), a.shape[0])
    return RidgePath.of_normal_equations(system)


def slow_frequency(a: torch.Tensor, k: int) -> torch.Tensor:
    """One frequency's matrix by the definition of the DFT."""
    l = a.shape[2]
    phases = [torch.exp(torch.tensor(-2j * math.pi * k * s / l, dtype=torch.complex128)) for s in range(l)]
    return sum(phase * a[:, :, s] for s, phase in enumerate(phases))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("l", [1, 2, 3, 4, 5])
def test_values_are_the_singular_values_at_each_frequency(kind, l):
    a = shaped(kind, 7, 4, l)
    found = spectra(path_of(a))
    assert [s.frequency for s in found] == list(range(l // 2 + 1))
    for s in found:
        expected = torch.linalg.svdvals(slow_frequency(a, s.frequency))
        assert torch.tensor(s.values, dtype=a.dtype) == pytest.approx(expected, abs=1e-6)
        assert s.values == tuple(sorted(s.values, reverse=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_a_gram_tensor_alone_tells_the_same(kind, l):
    a = shaped(kind, 7, 4, l)
    for s in gram_spectra(tprod(ttranspose(a), a)):
        expected = torch.linalg.svdvals(slow_frequency(a, s.frequency))
        assert torch.tensor(s.values, dtype=a.dtype) == pytest.approx(expected, abs=1e-6)
        assert s.rank == int((expected > 1e-6 * torch.linalg.svdvals(bcirc(a))[0]).sum())


@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_all_frequencies_together_are_the_block_circulant_matrix(l):
    a = normal(6, 3, l)
    twice = [v for s in spectra(path_of(a)) for v in s.values * (1 if 2 * s.frequency in (0, l) else 2)]
    assert sorted(twice) == pytest.approx(sorted(torch.linalg.svdvals(bcirc(a)).tolist()))


@pytest.mark.parametrize(("kind", "rank"), [("full", 4), ("rank-deficient", 3), ("zero", 0)])
def test_rank_counts_what_is_not_zero(kind, rank):
    for s in spectra(path_of(shaped(kind, 7, 4, 3))):
        assert s.rank == rank
        assert math.isfinite(s.condition) == (rank == 4)


def test_a_frequency_that_is_zero_has_no_rank_while_the_others_do():
    ranks = [s.rank for s in spectra(path_of(shaped("zero-frequency", 7, 4, 4)))]
    assert ranks == [0, 4, 4]


def test_condition_is_largest_over_smallest():
    assert FrequencySpectrum(0, (6.0, 3.0, 2.0)).condition == 3.0


@pytest.mark.parametrize("shape", [(7, 4), (3, 5)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_pseudoinverse_keeps_all_four_identities(kind, shape):
    found = penrose_residuals(shaped(kind, *shape, 3))
    assert found.words == shape[0]
    assert max(found.apa, found.pap, found.ap, found.pa) < 1e-12


def test_single_precision_tables_are_checked_in_double():
    a = normal(7, 4, 3, dtype=torch.float32)
    assert penrose_residuals(a) == penrose_residuals(a.double())


def test_a_wrong_pseudoinverse_is_noticed(monkeypatch):
    monkeypatch.setattr(spectrum, "tpinv", lambda a: normal(4, 7, 3, seed=8))
    found = penrose_residuals(normal(7, 4, 3))
    assert min(found.apa, found.pap, found.ap, found.pa) > 0.1
