"""The t-product algebra against block-circulant matrices, and the identities it must satisfy."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.testing import assert_close

from fuse_core.tensor.product import tidentity, tprod, ttranspose
from fuse_core.tensor.solve import tlstsq, tpinv, tsolve_normal
from tests.fuse_core.builders import quick
from tests.fuse_core.dense import KINDS, bcirc, fold, normal, relative, shaped, slow_tprod, unfold

SLOTS = (1, 2, 3, 4, 5)
sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)
kinds = st.sampled_from(KINDS)
DTYPES = {torch.float32: 1e-5, torch.float64: 1e-12}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("l", SLOTS)
def test_tprod_is_its_definition(l, dtype):
    a, b = normal(3, 4, l, seed=1), normal(4, 5, l, seed=2)
    product = tprod(a.to(dtype), b.to(dtype))
    assert product.dtype == dtype
    assert relative(product, slow_tprod(a, b)) < DTYPES[dtype]
    assert_close(slow_tprod(a, b), fold(bcirc(a) @ unfold(b), l))


@pytest.mark.parametrize("l", SLOTS)
def test_ttranspose_is_the_transpose_of_the_block_circulant_matrix(l):
    a = normal(3, 4, l)
    assert torch.equal(bcirc(ttranspose(a)), bcirc(a).T)


@quick
@given(sizes, sizes, sizes, sizes, sizes, seeds)
def test_tprod_is_associative(n, m, p, q, l, seed):
    a, b, c = normal(n, m, l, seed=seed), normal(m, p, l, seed=seed + 1), normal(p, q, l, seed=seed + 2)
    assert_close(tprod(tprod(a, b), c), tprod(a, tprod(b, c)))


@quick
@given(sizes, sizes, sizes, seeds)
def test_tidentity_is_neutral_on_both_sides(n, m, l, seed):
    a = normal(n, m, l, seed=seed)
    assert_close(tprod(tidentity(n, l, dtype=a.dtype), a), a)
    assert_close(tprod(a, tidentity(m, l, dtype=a.dtype)), a)


@quick
@given(sizes, sizes, sizes, sizes, seeds)
def test_ttranspose_reverses_products(n, m, p, l, seed):
    a, b = normal(n, m, l, seed=seed), normal(m, p, l, seed=seed + 1)
    assert_close(ttranspose(tprod(a, b)), tprod(ttranspose(b), ttranspose(a)))
    assert torch.equal(ttranspose(ttranspose(a)), a)


@quick
@given(kinds, sizes, sizes, sizes, seeds)
def test_tpinv_satisfies_the_penrose_identities(kind, n, m, l, seed):
    a = shaped(kind, n, m, l, seed)
    p = tpinv(a)
    left, right = tprod(a, p), tprod(p, a)
    scale = max(1.0, float(a.norm() * p.norm())) * 1e-10
    assert_close(tprod(left, a), a, rtol=0, atol=scale * max(1.0, float(a.norm())))
    assert_close(tprod(right, p), p, rtol=0, atol=scale * max(1.0, float(p.norm())))
    assert_close(ttranspose(left), left, rtol=0, atol=scale)
    assert_close(ttranspose(right), right, rtol=0, atol=scale)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("l", SLOTS)
def test_tpinv_is_the_pseudoinverse_of_the_block_circulant_matrix(kind, l, dtype):
    a = shaped(kind, 6, 4, l)
    expected = torch.linalg.pinv(bcirc(a), rtol=1e-10)
    assert_close(bcirc(tpinv(a.to(dtype))).double(), expected, rtol=0, atol=DTYPES[dtype] * 100)


def test_tpinv_cuts_singular_values_below_rtol():
    a = torch.diag(torch.tensor([1.0, 1e-3])).unsqueeze(2)
    assert_close(tpinv(a)[:, :, 0], torch.diag(torch.tensor([1.0, 1e3])))
    assert_close(tpinv(a, rtol=1e-2)[:, :, 0], torch.diag(torch.tensor([1.0, 0.0])))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 5), (4, 4), (7, 3), (40, 8)])
@pytest.mark.parametrize("kind", KINDS)
def test_tlstsq_is_the_solution_of_least_norm(kind, shape, dtype):
    """Whatever the rank and the precision: rounding noise in a zero singular value must not be inverted."""
    for l in SLOTS:
        for seed in range(5):
            a, b = shaped(kind, *shape, l, seed), normal(shape[0], 2, l, seed=seed + 100)
            inverse = tpinv(a, rtol=1e-9)
            expected = tprod(inverse, b)
            # Rounding the problem moves its solution by at most about this much.
            reach = float(inverse.norm() * a.norm()) ** 2 * float(expected.norm())
            solution = tlstsq(a.to(dtype), b.to(dtype))
            assert solution.dtype == dtype
            assert_close(solution.double(), expected, rtol=0, atol=DTYPES[dtype] / 10 * max(1.0, reach))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "l"), [((50, 8), 1), ((50, 8), 3), ((300, 40), 4)])
def test_tlstsq_notices_a_single_zero_singular_value(shape, l, dtype):
    n, m = shape
    for seed in range(8):
        a = tprod(normal(n, m - 1, l, seed=seed), normal(m - 1, m, l, seed=seed + 100))
        b = normal(n, 2, l, seed=seed + 200)
        expected = tprod(tpinv(a, rtol=1e-9), b)
        assert relative(tlstsq(a.to(dtype), b.to(dtype)), expected) < DTYPES[dtype] * 100


@quick
@given(kinds, st.sampled_from([(3, 5), (6, 3)]), sizes, st.floats(1e-2, 1e2), seeds)
def test_tlstsq_with_a_ridge_is_dense_ridge_regression(kind, shape, l, ridge, seed):
    a, b = shaped(kind, *shape, l, seed), normal(shape[0], 2, l, seed=seed + 1)
    dense = bcirc(a)
    gram = dense.T @ dense + ridge * torch.eye(dense.shape[1], dtype=dense.dtype)
    expected = fold(torch.linalg.solve(gram, dense.T @ unfold(b)), l)
    assert_close(tlstsq(a, b, ridge), expected)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("kind", KINDS)
def test_tsolve_normal_needs_only_sums_over_rows(kind, ridge):
    a, b = shaped(kind, 20, 4, 3), normal(20, 2, 3, seed=1)
    parts = [(ttranspose(x), x, y) for x, y in zip(a.split(6), b.split(6), strict=True)]
    gram = sum(tprod(xt, x) for xt, x, _ in parts)
    cross = sum(tprod(xt, y) for xt, _, y in parts)
    solution, well_conditioned = tsolve_normal(gram, cross, ridge)
    assert_close(solution, tlstsq(a, b, ridge))
    assert well_conditioned == (ridge > 0 or kind in ("full", "zero-slice"))


@pytest.mark.parametrize("l", SLOTS)
def test_gradients_pass_gradcheck(l):
    a, b = normal(3, 2, l, seed=1).requires_grad_(), normal(2, 2, l, seed=2).requires_grad_()
    y = normal(3, 1, l, seed=3).requires_grad_()
    assert gradcheck(tprod, (a, b))
    assert gradcheck(ttranspose, (a,))
    assert gradcheck(tpinv, (a,), fast_mode=True)
    assert gradcheck(tlstsq, (a, y), fast_mode=True)
    assert gradcheck(lambda a, y: tlstsq(a, y, ridge=0.5), (a, y), fast_mode=True)


@pytest.mark.parametrize("shapes", [((0, 4, 3), (4, 2, 3)), ((3, 0, 3), (0, 2, 3)), ((3, 4, 3), (4, 0, 3))])
def test_empty_tensors_multiply_to_zeros(shapes):
    a, b = (torch.zeros(shape) for shape in shapes)
    assert torch.equal(tprod(a, b), torch.zeros(a.shape[0], b.shape[1], 3))


def test_tpinv_of_an_empty_tensor_is_empty():
    assert tpinv(torch.zeros(0, 4, 3)).shape == (4, 0, 3)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tprod(torch.zeros(3, 4, 2), torch.zeros(5, 2, 2)), ValueError),
        (lambda: tprod(torch.zeros(3, 4, 2), torch.zeros(4, 2, 3)), ValueError),
        (lambda: tlstsq(torch.zeros(3, 4, 2), torch.zeros(4, 2, 2)), ValueError),
        (lambda: tlstsq(torch.zeros(3, 2, 2), torch.zeros(3, 2, 2), ridge=-1.0), ValueError),
        (lambda: ttranspose(torch.zeros(3, 4)), ValueError),
        (lambda: ttranspose(torch.zeros(3, 4, 0)), ValueError),
        (lambda: tprod(torch.zeros(3, 4, 2).half(), torch.zeros(4, 2, 2)), TypeError),
        (lambda: tpinv(torch.zeros(3, 4, 2, dtype=torch.long)), TypeError),
    ],
)
def test_what_cannot_be_multiplied_is_refused(call, error):
    with pytest.raises(error):
        call()


def kahan(m: int, angle: float = 1.2) -> torch.Tensor:
    """Kahan's triangular matrix: nearly singular, and its pivots do not show it."""
    sine, cosine = torch.tensor(angle, dtype=torch.float64).sin(), torch.tensor(angle, dtype=torch.float64).cos()
    upper = torch.eye(m, dtype=torch.float64) - cosine * torch.triu(torch.ones(m, m, dtype=torch.float64), 1)
    return (sine ** torch.arange(m)).unsqueeze(1) * upper


@pytest.mark.parametrize("l", SLOTS)
def test_tlstsq_notices_a_condition_number_that_pivots_hide(l):
    """The normal equations would be right to no digit: the condition number is above 1e8, its square above 1e16."""
    m = 60
    a = torch.cat([kahan(m), torch.zeros(5, m, dtype=torch.float64)]).unsqueeze(2) * (torch.arange(l) == 0)
    assert 1e8 < float(torch.linalg.cond(a[:m, :, 0])) < 1e11
    b = normal(m + 5, 2, l)
    expected = fold(torch.linalg.pinv(bcirc(a), rtol=1e-14) @ unfold(b), l)
    assert relative(tlstsq(a, b), expected) < 1e-4
    at = ttranspose(a)
    assert not tsolve_normal(tprod(at, a), tprod(at, b))[1]
