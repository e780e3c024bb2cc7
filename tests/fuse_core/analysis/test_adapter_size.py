"""Storage in closed form against adapters that were made."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.fit import FitOptions, fit_adapter
from fuse_core.analysis.adapter_size import adapter_bytes
from tests.fuse_core.builders import random_adapter, synthetic_pair


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("max_tokens", range(1, 9))
@pytest.mark.parametrize("kind", ["pair", "separate", "target"])
def test_it_is_the_size_of_an_adapter_with_every_bucket(kind, max_tokens, dtype):
    adapter = random_adapter(kind, max_tokens, d_src=5, d_tgt=3, dtype=dtype)
    bucketing = "target" if kind == "target" else "pair"
    assert adapter_bytes(bucketing, 5, 3, max_tokens, kind == "separate", dtype.itemsize) == adapter.bytes


def test_a_fitted_adapter_has_that_size():
    """Whose target words have one token only, so that no bucket is empty."""
    pair = synthetic_pair(torch.float32)
    for bucketing in ("pair", "target"):
        fitted = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(bucketing=bucketing, max_tokens=1))
        assert fitted.bytes == adapter_bytes(bucketing, fitted.d_src, 3, 1)
    fitted = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(bucketing="target", max_tokens=3))
    assert fitted.bytes == adapter_bytes("target", fitted.d_src, 3, 3)


@pytest.mark.parametrize("L", range(1, 9))
def test_the_formulas_of_the_docstring(L):
    s, n = L * (L + 1) * (4 * L - 1) // 6, L * (L + 1) // 2
    assert adapter_bytes("target", 1, 1, L, bytes_per_number=1) == n
    assert adapter_bytes("pair", 1, 1, L, False, 1) == s
    assert adapter_bytes("pair", 1, 1, L, True, 1) == 2 * s - n
