"""Retrieval against a search written out token by token."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fuse_core.adapter.bucket_rows import BucketRow, bucket_rows
from fuse_core.adapter.fit import FitOptions, VocabularySide, fit_adapter
from fuse_core.analysis.retrieval import (
    RetrievalReport,
    TokenSearch,
    mapped_words,
    mean_accuracy,
    retrieval_accuracy,
    sample_rows,
)
from fuse_core.analysis.word_errors import extremes, word_errors
from tests.fuse_core.builders import SyntheticPair, synthetic_pair
from tests.fuse_core.dense import normal, relative


def fitted(pair: SyntheticPair, bucketing="pair"):
    options = FitOptions(bucketing=bucketing)
    adapter = fit_adapter(pair.source, pair.target, pair.corpus, options)
    rows = bucket_rows(pair.source.tokenizer, pair.target.tokenizer, pair.corpus, bucketing, 4, options.examples)
    return adapter, rows


def unrelated(words: int = 60) -> SyntheticPair:
    pair = synthetic_pair(words=words)
    table = normal(*pair.target.table.shape, seed=9)
    return replace(pair, target=VocabularySide(pair.target.tokenizer, table))


def slow_rank(query: torch.Tensor, table: torch.Tensor, token: int) -> int:
    cosines = [float(query @ row / (query.norm() * row.norm())) for row in table]
    return 1 + sum(c > cosines[token] + 1e-12 for c in cosines)


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), size=st.integers(2, 12))
def test_ranks_are_those_of_a_search_by_hand(seed, size):
    table, queries = normal(size, 3, seed=seed), normal(4, 3, seed=seed + 1)
    ids = torch.arange(4) % size
    found = TokenSearch(table).ranks(queries, ids)
    assert found.tolist() == [slow_rank(q, table, int(i)) for q, i in zip(queries, ids, strict=True)]


@pytest.mark.parametrize("bucketing", ["pair", "target"])
def test_accuracy_counts_true_tokens_among_the_nearest(bucketing):
    pair = unrelated()
    adapter, rows = fitted(pair, bucketing)
    reports = retrieval_accuracy(pair.source.table, TokenSearch(pair.target.table), adapter.maps, rows)
    assert [r.bucket for r in reports] == sorted(adapter.maps)
    for r in reports:
        held = [row for row in rows[r.bucket] if row.heldout]
        mapped = mapped_words(pair.source.table, adapter.maps[r.bucket], r.bucket, held)
        ranks = [
            slow_rank(word[:, slot], pair.target.table, row.target[slot])
            for row, word in zip(held, mapped, strict=True)
            for slot in range(r.bucket[1])
        ]
        assert (r.words, r.tokens, r.heldout) == (len(held), len(ranks), len(ranks))
        assert r.top1 == pytest.approx(sum(rank <= 1 for rank in ranks) / len(ranks))
        assert r.top10 == pytest.approx(sum(rank <= 10 for rank in ranks) / len(ranks))
        assert r.chance10 == pytest.approx(10 / len(pair.target.table))


def test_the_mean_weighs_buckets_by_their_held_out_tokens():
    few = RetrievalReport((1, 1), 5, 5, 100, 0.2, 0.4, 0.01, 0.1)
    many = replace(few, bucket=(2, 1), heldout=300, top1=0.6, top10=0.8)
    assert mean_accuracy([few, many]) == pytest.approx((0.5, 0.7))
    assert math.isnan(mean_accuracy([])[0])


def test_an_exact_map_finds_every_token():
    pair = synthetic_pair(words=60)
    adapter = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(ridge=0.0))
    rows = bucket_rows(pair.source.tokenizer, pair.target.tokenizer, pair.corpus, "pair", 4, 1000)
    shares = []
    reports = retrieval_accuracy(
        pair.source.table, TokenSearch(pair.target.table), adapter.maps, rows, lambda share, what: shares.append(share)
    )
    assert all(r.top1 == 1 for r in reports)
    assert shares == [0, 0.25, 0.5, 0.75]


def test_a_sample_is_spread_over_the_held_out_words():
    rows = [BucketRow(str(k), (k,), (k,), heldout=k % 2 == 0) for k in range(40)]
    sample = sample_rows(rows, 5)
    assert [row.word for row in sample] == ["0", "8", "16", "24", "32"]
    assert sample_rows(rows, 5) == sample
    assert len(sample_rows(rows, 500)) == 20
    assert sample_rows(rows[1::2]) == []


@pytest.mark.parametrize("bucketing", ["pair", "target"])
def test_word_errors_are_those_of_single_words_in_order(bucketing):
    pair = unrelated()
    adapter, rows = fitted(pair, bucketing)
    for bucket, m in adapter.maps.items():
        errors = word_errors(pair.source.table, pair.target.table, m, bucket, rows[bucket])
        assert [w.row for w in errors] != [row for row in rows[bucket] if row.heldout]
        assert {w.row.word for w in errors} == {row.word for row in rows[bucket] if row.heldout}
        assert [w.error for w in errors] == sorted(w.error for w in errors)
        for w in errors:
            x = pair.source.table[list(w.row.source)].T.unsqueeze(0)
            mapped = adapter.map_words(x, len(w.row.target))
            assert w.error == pytest.approx(relative(mapped[0].T, pair.target.table[list(w.row.target)]))


def test_extremes_are_both_ends_from_the_outside():
    pair = unrelated()
    adapter, rows = fitted(pair)
    errors = word_errors(pair.source.table, pair.target.table, adapter.maps[1, 1], (1, 1), rows[1, 1])
    best, worst = extremes(errors, 2)
    assert best == errors[:2]
    assert worst == [errors[-1], errors[-2]]
    assert extremes(errors[:5], 1000) == (errors[:3], [errors[4], errors[3], errors[2]])
    assert word_errors(pair.source.table, pair.target.table, adapter.maps[1, 1], (1, 1), []) == []
