"""Ways to store an adapter: what is read back, and the bytes."""

from __future__ import annotations

import pytest
import torch

from fuse_core.analysis.experiments.compact_forms import FORMS, Fitted, of_rank, shared
from tests.fuse_core.builders import random_adapter
from tests.fuse_core.dense import normal


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    pair, target = (random_adapter(name, d_src=8, d_tgt=6, dtype=torch.float32) for name in ("separate", "target"))
    grams = {}
    for key, m in pair.maps.items():
        a = normal(40, m.shape[0], m.shape[2])
        slices = [
            sum(a[:, :, s].T @ a[:, :, (s + k) % m.shape[2]] for s in range(m.shape[2])) for k in range(m.shape[2])
        ]
        grams[key] = torch.stack(slices, dim=2)
    return Fitted(pair, target, grams)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_serves_the_same_words(fitted, name):
    adapter, size = FORMS[name](fitted)
    assert 0 < size <= fitted.pair.bytes + fitted.target.bytes
    words = torch.randn(2, 8, 2)
    assert adapter.map_words(words, 3).shape == (2, 6, 3)


def test_full_rank_is_the_map_itself(fitted):
    adapter, size = of_rank(6)(fitted)
    assert size == fitted.pair.bytes
    for key, m in fitted.pair.maps.items():
        torch.testing.assert_close(adapter.maps[key], m, atol=1e-5, rtol=1e-4)


def test_a_residual_of_full_rank_gives_the_map_back(fitted):
    adapter, size = shared(6)(fitted)
    assert size == fitted.pair.bytes + fitted.target.bytes
    for key, m in fitted.pair.maps.items():
        torch.testing.assert_close(adapter.maps[key], m, atol=1e-5, rtol=1e-4)


def test_half_precision_is_half_the_bytes_and_near(fitted):
    adapter, size = FORMS["float16"](fitted)
    assert size == fitted.pair.bytes // 2
    for key, m in fitted.pair.maps.items():
        torch.testing.assert_close(adapter.maps[key], m, atol=1e-3, rtol=1e-3)
