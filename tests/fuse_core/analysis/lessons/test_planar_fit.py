from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fuse_core.adapter.fit import FitOptions
from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.planar_fit import bucket_facts, few_numbers, four_words, planar_fit
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models

A = torch.tensor([[1.0, 2, 0], [0, 1, 1], [2, 0, 1], [1, 1, 1]])
B = torch.tensor([[1.0, 0], [0, 1], [1, 1], [2, -1]])
SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target


def test_as_many_words_as_numbers_are_fitted_exactly():
    found = planar_fit(A, B, 3)
    wanted = np.linalg.solve(A[:3].double().numpy(), B[:3].double().numpy())
    np.testing.assert_allclose(found.matrix.numpy(), wanted, atol=1e-12)
    assert float(found.missed[:3].max()) < 1e-12
    assert found.rank == 3
    assert found.condition == pytest.approx(np.linalg.cond(A[:3].numpy()), rel=1e-5)


def test_more_words_are_fitted_by_least_squares():
    wanted, squares, *_ = np.linalg.lstsq(A.double().numpy(), B.double().numpy(), rcond=None)
    found = planar_fit(A, B, 4)
    np.testing.assert_allclose(found.matrix.numpy(), wanted, atol=1e-12)
    assert float(found.missed.square().sum()) == pytest.approx(squares.sum())


def test_of_fewer_words_the_map_is_the_smallest_that_hits_them():
    found = planar_fit(A, B, 2)
    a, b = A[:2].double().numpy(), B[:2].double().numpy()
    np.testing.assert_allclose(found.matrix.numpy(), a.T @ np.linalg.solve(a @ a.T, b), atol=1e-12)
    assert found.rank == 2


def test_a_lost_direction_is_left_alone_and_a_nearly_lost_one_is_not():
    near, lost = planar_fit(A, B, 3, 0.001), planar_fit(A, B, 3, 0.0)
    assert near.rank == 3
    assert near.condition > 1000
    assert float(near.matrix.norm()) > 100 * float(lost.matrix.norm())
    assert lost.rank == 2
    assert math.isinf(lost.condition)
    assert not bool(lost.matrix[2].any())


def test_few_numbers_keep_what_the_words_have_in_common():
    table = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)) @ torch.randn(
        3, 20, generator=torch.Generator().manual_seed(1)
    )
    few = few_numbers(table, 3)
    assert few.square().mean().sqrt() == pytest.approx(1, abs=0.01)
    table = table.double()
    wanted = table @ table.T
    torch.testing.assert_close(few @ few.T / (few @ few.T).trace(), wanted / wanted.trace(), atol=0.01, rtol=0)


def test_a_real_bucket_is_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(pair_words, "SOURCE", SOURCE)
    monkeypatch.setattr(pair_words, "TARGET", TARGET)
    monkeypatch.setattr(pair_words, "OPTIONS", FitOptions(words=1000, examples=200, max_tokens=2))
    library = tiny_models.library(tmp_path)
    library.once(("corpus", SOURCE, 1000), lambda: english(1000))
    shares: list[float] = []
    found = bucket_facts(library, (2, 1), lambda share, what: shares.append(share))
    rows = [row for row in pair_words.pair_words(library).rows[2, 1] if not row.heldout]
    assert found["a"] == [len(rows), 32, 2]
    assert found["b"] == [len(rows), 16, 2]
    assert [s["frequency"] for s in found["spectra"]] == [0, 1]
    table = library.vocabulary_side(SOURCE).table.double()
    joined = torch.cat([table[[row.source[k] for row in rows]] for k in (0, 1)], dim=1)
    sizes = torch.linalg.svdvals(joined)  # each channel fills one slot, so that every frequency is this matrix
    for s in found["spectra"]:
        assert s["largest"] == pytest.approx(float(sizes[0]))
        assert s["smallest"] == pytest.approx(float(sizes[-1]) if s["rank"] == 32 else 0, rel=1e-5)
    assert found["penrose"]["apa"] < 1e-10
    assert shares == sorted(shares)
    few = four_words(library, ("cat", "dog", "car", "train"))
    assert (len(few["a"]), len(few["a"][0]), len(few["b"][0])) == (4, 3, 2)
