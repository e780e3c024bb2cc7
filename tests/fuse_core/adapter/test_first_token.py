"""Lifting: the first token's own channels, against the definition and as an adjoint pair."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from fuse_core.adapter.first_token import merge_first_token, split_first_token
from fuse_core.tensor.product import tprod
from tests.fuse_core.dense import normal


def test_the_first_token_and_the_others_are_kept_apart():
    x = normal(5, 3, 3)
    lifted = split_first_token(x, 4)
    assert lifted.shape == (5, 6, 4)
    assert torch.equal(lifted[:, :3, 0], x[:, :, 0])
    assert torch.equal(lifted[:, 3:, :2], x[:, :, 1:])
    assert torch.equal(lifted[:, :3, 1:], torch.zeros(5, 3, 3, dtype=x.dtype))
    assert torch.equal(lifted[:, 3:, 2:], torch.zeros(5, 3, 2, dtype=x.dtype))


@given(i=st.integers(1, 4), more=st.integers(0, 3), n=st.integers(1, 5), d=st.integers(1, 4))
def test_unlift_is_the_left_inverse_and_the_adjoint(i, more, n, d):
    x, g = normal(n, d, i), normal(n, 2 * d, i + more, seed=1)
    assert torch.equal(merge_first_token(split_first_token(x, i + more), i), x)
    assert float((split_first_token(x, i + more) * g).sum()) == pytest.approx(
        float((x * merge_first_token(g, i)).sum())
    )


def test_a_map_of_two_tokens_is_any_linear_map():
    """Unlifted, the t-product of two slots ties four blocks to two; lifted, every block is free."""
    p, q = normal(3, 2, 2), normal(3, 2, 2, seed=1)
    x = normal(5, 3, 2, seed=2)
    y = tprod(split_first_token(x, 2), torch.cat([p, q]))
    first, second = x.unbind(2)
    assert_close(y[:, :, 0], first @ p[:, :, 0] + second @ q[:, :, 0])
    assert_close(y[:, :, 1], first @ p[:, :, 1] + second @ q[:, :, 1])
