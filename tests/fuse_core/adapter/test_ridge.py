"""The ridge path against dense block-circulant regressions."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from fuse_core.adapter.gcv import GRID, best_ridge, error_estimate, gcv_score, ridge_weights
from fuse_core.adapter.leave_one_out import FEW, LeaveOneOut
from fuse_core.adapter.normal_equations import NormalEquations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.tensor.solve import tlstsq
from tests.fuse_core.dense import KINDS, bcirc, fold, normal, relative, shaped, unfold

ROWS = 12


def tensors(kind: str, l: int, noise: float = 1.0, rows: int = ROWS) -> tuple[Tensor, Tensor]:
    """A regression of 4 columns and 3 right-hand sides."""
    a = shaped(kind, rows, 4, l)
    return a, tprod(a, normal(4, 3, l, seed=1)) + noise * normal(rows, 3, l, seed=2)


def gram_path(a: Tensor, b: Tensor) -> RidgePath:
    at = ttranspose(a)
    system = NormalEquations(tprod(at, a), tprod(at, b), float(b.square().sum()), a.shape[0])
    return RidgePath.of_normal_equations(system)


def problem(kind: str, l: int, noise: float = 1.0) -> tuple[Tensor, Tensor, RidgePath]:
    """A regression of 12 rows, as tensors and as a path."""
    a, b = tensors(kind, l, noise)
    return a, b, gram_path(a, b)


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
    y, dense = unfold(b), hat(a, ridge)
    free = ROWS * l - 1.15 * float(dense.trace())
    assert gcv_score(path, ridge) == pytest.approx(float((y - dense @ y).square().sum()) * ROWS * l / free**2)


@pytest.mark.parametrize("rows", [4, 5, 6, 12])
def test_no_more_than_eight_degrees_of_freedom_for_ten_equations(rows):
    a, b = tensors("full", 3, rows=rows)
    path = gram_path(a, b)
    estimate = error_estimate(path, lambda: [(a, b)])
    for weight in ridge_weights(path):
        allowed = path.degrees_of_freedom(weight) <= 0.8 * rows * 3
        assert math.isfinite(gcv_score(path, weight)) == allowed == math.isfinite(estimate(weight))
    assert path.degrees_of_freedom(best_ridge(path, lambda: [(a, b)])) <= 0.8 * rows * 3


def test_a_residual_that_is_rounding_does_not_win():
    """It did in single precision, where it came out as 0."""
    a = normal(ROWS, 4, 2)
    b = tprod(a, normal(4, 3, 2, seed=1))
    path = gram_path(a, b)
    assert math.isinf(gcv_score(path, 1e-12 * path.scale))
    assert path.residual(1e-12 * path.scale) < 1e-15 * path.energy
    assert best_ridge(path, lambda: [(a, b)]) == ridge_weights(path)[0]


@pytest.mark.parametrize("rows", [2, 3, 7, 12])
@every_case
def test_a_path_of_the_tensors_is_that_of_their_gram_tensors(kind, l, rows):
    a, b = tensors(kind, l, rows=rows)
    gram, own = gram_path(a, b), RidgePath.of_tensors(zip(a.split(5), b.split(5), strict=True))
    for ridge in (1e-3, 0.7, 30.0):
        assert own.residual(ridge) == pytest.approx(gram.residual(ridge))
        assert own.degrees_of_freedom(ridge) == pytest.approx(gram.degrees_of_freedom(ridge), abs=1e-9)
        assert_close(own.solution(ridge), gram.solution(ridge))
    assert (own.energy, own.rows, own.slots) == (pytest.approx(gram.energy), gram.rows, gram.slots)
    assert own.scale == pytest.approx(gram.scale)


@every_case
@ridges
def test_the_solution_is_that_of_the_dense_regression(kind, l, ridge):
    a, b, path = problem(kind, l)
    dense = bcirc(a)
    gram = dense.T @ dense + ridge * torch.eye(dense.shape[1], dtype=dense.dtype)
    assert_close(path.solution(ridge), fold(torch.linalg.solve(gram, dense.T @ unfold(b)), l))


@pytest.mark.parametrize("condition", [1e3, 1e9, 1e11])
@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_singular_values_serve_any_condition_number(l, condition):
    """One a Gram tensor has lost: at 1e9 the eigenvalues span 18 digits."""
    rotation = torch.linalg.qr(normal(4, 4)).Q
    a = (normal(ROWS, 4, l) * torch.tensor([1.0, 1.0, 1.0, 1 / condition])[:, None]).transpose(1, 2) @ rotation.T
    a, b = a.transpose(1, 2), normal(ROWS, 3, l, seed=2)
    path = RidgePath.of_tensors([(a, b)])
    expected = fold(torch.linalg.pinv(bcirc(a), rtol=1e-14) @ unfold(b), l)
    assert relative(path.solution(0), expected) < 1e-14 * condition
    assert gram_path(a, b).well_conditioned == (condition < 1e4)


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
    a, b, path = problem("zero", 2)
    assert min(ridge_weights(path)) > 0
    assert best_ridge(path, lambda: [(a, b)]) in ridge_weights(path)


def test_of_many_words_best_is_the_minimum_of_the_gcv_score():
    a, b = tensors("full", 3, rows=FEW + 1)
    path = gram_path(a, b)
    chosen = best_ridge(path, lambda: [(a, b)])
    assert gcv_score(path, chosen) == min(gcv_score(path, weight) for weight in ridge_weights(path))


@every_case
@ridges
def test_of_few_words_each_is_left_out_of_a_regression_of_its_own(kind, l, ridge):
    a, b, path = problem(kind, l)
    total = 0.0
    for k in range(ROWS):
        others = [n for n in range(ROWS) if n != k]
        total += float((tprod(a[[k]], tlstsq(a[others], b[others], ridge)) - b[[k]]).square().sum())
    assert LeaveOneOut(path, zip(a.split(5), b.split(5), strict=True)).residual(ridge) == pytest.approx(total)
    assert error_estimate(path, lambda: [(a, b)])(ridge) == pytest.approx(total)


@pytest.mark.parametrize("rows", [ROWS, FEW + 1])
def test_more_noise_asks_for_a_heavier_ridge(rows):
    clean, noisy = (tensors("full", 3, noise, rows) for noise in (1e-6, 30.0))
    assert best_ridge(gram_path(*clean), lambda: [clean]) < best_ridge(gram_path(*noisy), lambda: [noisy])


def test_a_fit_with_as_many_parameters_as_equations_scores_infinite():
    a, b = normal(3, 5, 2), normal(3, 2, 2, seed=1)
    path = gram_path(a, b)
    assert math.isinf(gcv_score(path, 1e-12))
    assert math.isfinite(gcv_score(path, best_ridge(path, lambda: [(a, b)])))
