"""The ridge curve against regressions fitted afresh for every weight."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fuse_core.adapter.gcv import best_ridge, ridge_weights
from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.analysis.ridge_curve import HeldoutPath, ridge_curve
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.tensor.solve import tlstsq, tpinv
from tests.fuse_core.dense import KINDS, bcirc, normal, relative, shaped, slow_tprod, unfold


def system(a: torch.Tensor, b: torch.Tensor) -> NormalEquations:
    at = ttranspose(a)
    return NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), a.shape[0])


def regression(kind: str, l: int, rows: int = 12):
    """Training and held-out tensors of one noisy linear relation, and both systems' curve classes."""
    truth = normal(4, 3, l, seed=1)
    a, x = shaped(kind, rows, 4, l), normal(5, 4, l, seed=3)
    b, y = slow_tprod(a, truth) + normal(rows, 3, l, seed=2), slow_tprod(x, truth) + normal(5, 3, l, seed=4)
    return a, b, x, y, RidgePath.of_normal_equations(system(a, b))


def dense_solution(a: torch.Tensor, b: torch.Tensor, ridge: float) -> torch.Tensor:
    """Block-circulant ridge regression, unfolded."""
    dense = bcirc(a)
    eye = torch.eye(dense.shape[1], dtype=dense.dtype)
    return torch.linalg.solve(dense.T @ dense + ridge * eye, dense.T @ unfold(b))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_heldout_residual_is_that_of_a_fit_with_that_weight(kind, l):
    a, b, x, y, path = regression(kind, l)
    held = HeldoutPath(path, system(x, y))
    for ridge in (1e-3, 0.7, 30.0):
        expected = float((bcirc(x) @ dense_solution(a, b, ridge) - unfold(y)).square().sum())
        assert held.residual(ridge) == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [12, 3])
def test_without_a_ridge_it_is_the_pseudoinverse(kind, rows):
    a, b, x, y, path = regression(kind, 3, rows)
    expected = float((slow_tprod(x, slow_tprod(tpinv(a), b)) - y).square().sum())
    assert HeldoutPath(path, system(x, y)).residual(0) == pytest.approx(expected, rel=1e-6)


@settings(max_examples=40)
@given(l=st.integers(1, 5), seed=st.integers(0, 1000), exponent=st.floats(-4, 4))
def test_on_the_training_words_both_paths_agree(l, seed, exponent):
    a, b = normal(9, 4, l, seed=seed), normal(9, 2, l, seed=seed + 1)
    path = RidgePath.of_normal_equations(system(a, b))
    assert HeldoutPath(path, system(a, b)).residual(10**exponent) == pytest.approx(path.residual(10**exponent))


def test_the_curve_holds_relative_errors_of_real_fits():
    a, b, x, y, path = regression("full", 3)
    curve = ridge_curve(path, lambda: [(a, b)], system(x, y))
    assert curve.weights == tuple(ridge_weights(path))
    for weight, train, heldout in zip(curve.weights, curve.train, curve.heldout, strict=True):
        m = tlstsq(a, b, weight)
        assert train == pytest.approx(relative(slow_tprod(a, m), b))
        assert heldout == pytest.approx(relative(slow_tprod(x, m), y))
    m = tlstsq(a, b)
    assert curve.plain == pytest.approx((relative(slow_tprod(a, m), b), relative(slow_tprod(x, m), y)))


@pytest.mark.parametrize("rows", [12, 600])
def test_the_estimate_is_lowest_at_the_chosen_weight_and_above_the_training_error(rows):
    a, b, x, y, path = regression("full", 3, rows)
    curve = ridge_curve(path, lambda: [(a, b)], system(x, y))
    assert curve.weights[curve.estimate.index(min(curve.estimate))] == best_ridge(path, lambda: [(a, b)])
    assert all(guess >= train for guess, train in zip(curve.estimate, curve.train, strict=True))


def test_without_held_out_words_the_error_is_nan():
    a, b, *_, path = regression("full", 2)
    curve = ridge_curve(
        path, lambda: [(a, b)], NormalEquations(torch.zeros(4, 4, 2).double(), torch.zeros(4, 3, 2).double(), 0.0, 0)
    )
    assert all(map(math.isnan, curve.heldout))
    assert math.isnan(curve.plain[1])
