"""The ridge path against dense block-circulant regressions."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from fuse_core.adapter.gcv import GRID, best_ridge, gcv_score, ridge_weights
from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.tensor.solve import tlstsq
from tests.fuse_core.dense import KINDS, bcirc, normal, shaped, unfold

ROWS = 12


def problem(kind: str, l: int, noise: float = 1.0) -> tuple[Tensor, Tensor, RidgePath]:
    """A regression of 12 rows, 4 columns and 3 right-hand sides, as tensors and as a path."""
    a = shaped(kind, ROWS, 4, l)
    b = tprod(a, normal(4, 3, l, seed=1)) + noise * normal(ROWS, 3, l, seed=2)
    at = ttranspose(a)
    return a, b, RidgePath(NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), ROWS))


def hat(a: Tensor, ridge: float) -> Tensor:
    """The matrix that takes the right-hand sides to the fitted values."""
    dense = bcirc(a)
    return dense @ torch.linalg.solve(dense.T @ dense + ridge * torch.eye(dense.shape[1], dtype=dense.dtype), dense.T)


every_case = pytest.mark.parametrize(("kind", "l"), [(kind, l) for kind in KINDS for l in (1, 2, 3, 4)])
ridges = pytest.mark.parametrize("ridge", [1e-3, 0.7, 30.0])


@every_case
@ridges
def test_residual_is_that_of_the_dense_regression(kind, l, ridge):
    a, b, path = problem(kind, l)
    y = unfold(b)
    assert path.residual(ridge) == pytest.approx(float((y - hat(a, ridge) @ y).square().sum()))
    assert path.residual(ridge) == pytest.approx(float((tprod(a, tlstsq(a, b, ridge)) - b).square().sum()))


@every_case
@ridges
def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix(kind, l, ridge):
    a, _, path = problem(kind, l)
    assert path.degrees_of_freedom(ridge) == pytest.approx(float(hat(a, ridge).trace()), abs=1e-9)


@every_case
@ridges
def test_score_is_generalised_cross_validation(kind, l, ridge):
    a, b, path = problem(kind, l)
    missed = torch.eye(ROWS * l, dtype=a.dtype) - hat(a, ridge)
    expected = float((missed @ unfold(b)).square().sum()) * ROWS * l / float(missed.trace()) ** 2
    assert gcv_score(path, ridge) == pytest.approx(expected)


@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_without_a_ridge_the_path_is_least_squares(l):
    a, b, path = problem("full", l)
    assert path.degrees_of_freedom(0) == pytest.approx(4 * l)
    assert path.residual(0) == pytest.approx(float((tprod(a, tlstsq(a, b)) - b).square().sum()))


def test_the_grid_scales_with_the_problem():
    a, _, path = problem("full", 3)
    mean = float(torch.linalg.eigvalsh(bcirc(a).T @ bcirc(a)).mean())
    weights = ridge_weights(path)
    assert len(weights) == len(GRID)
    assert weights == sorted(weights)
    assert weights[0] < 1e-5 * mean
    assert weights[-1] > 1e3 * mean


def test_an_all_zero_problem_still_has_a_grid():
    _, _, path = problem("zero", 2)
    assert min(ridge_weights(path)) > 0
    assert best_ridge(path) in ridge_weights(path)


def test_best_is_the_minimum_of_the_score():
    _, _, path = problem("full", 3)
    assert gcv_score(path, best_ridge(path)) == min(gcv_score(path, weight) for weight in ridge_weights(path))


def test_more_noise_asks_for_a_heavier_ridge():
    clean, noisy = (best_ridge(problem("full", 3, noise)[2]) for noise in (1e-6, 30.0))
    assert clean < noisy


def test_a_fit_with_as_many_parameters_as_equations_scores_infinite():
    a, b = normal(3, 5, 2), normal(3, 2, 2, seed=1)
    at = ttranspose(a)
    path = RidgePath(NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), 3))
    assert math.isinf(gcv_score(path, 1e-12))
    assert math.isfinite(gcv_score(path, best_ridge(path)))


@every_case
def test_single_precision_chooses_the_same_weight(kind, l):
    a, b, path = problem(kind, l)
    at = ttranspose(a)
    system = NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), ROWS)
    assert best_ridge(RidgePath(system, torch.float32)) == pytest.approx(best_ridge(path), rel=1e-4)
