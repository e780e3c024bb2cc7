"""The synthetic pair on the real source model."""

from __future__ import annotations

from functools import cache

import pytest

from fuse_core.adapter.fit import FitOptions
from fuse_core.synthetic.pair import SyntheticPair, principal_table
from fuse_core.synthetic.recovery import recover, sweep

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def build(library):
    """Makes a pair for a seed and a kind of truth, once."""
    model = library.causal("smollm2")
    table = principal_table(model.embedding_table)
    return cache(lambda seed, truth: SyntheticPair.build(model.tokenizer, table, seed=seed, truth=truth))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize(("truth", "bucketing"), [("pair", "pair"), ("target", "pair"), ("target", "target")])
@pytest.mark.parametrize("ridge", [0.0, "auto"])
def test_a_known_map_comes_back_and_carries_the_true_gradient(build, seed, truth, bucketing, ridge):
    pair = build(seed, truth)
    assert min(map(len, pair.words.values())) > 100
    found = recover(pair, FitOptions(bucketing=bucketing, ridge=ridge))
    limit = 1e-4 if ridge else 1e-10
    assert max(found.map_errors.values()) < limit
    assert found.heldout_error < limit
    assert found.gradient_error < (1e-3 if ridge else 1e-10)


def test_the_two_tokenizers_cut_most_words_differently(build):
    pair = build(0, "pair")
    aligned = pair.align(" " + " ".join(pair.corpus.words))
    cuts = [[[token.strip() for token in side.tokens] for side in (w.source, w.target)] for w in aligned]
    assert sum(a != b for a, b in cuts) > 0.7 * len(cuts)


def test_errors_grow_with_noise(build):
    found = sweep(build(0, "pair"), FitOptions(), [0, 0.001, 0.01, 0.1, 0.3, 1])
    for measure in ("map_error", "heldout_error", "gradient_error"):
        values = [getattr(result, measure) for result in found]
        assert values == sorted(values)
