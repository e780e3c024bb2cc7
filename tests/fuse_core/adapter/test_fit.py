"""Fitting adapters: which words a bucket gets, what is solved for them, and what is reported."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from fuse_core.adapter import bucket_rows, least_squares
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.fit import FitOptions, VocabularySide, adapter_info, fit_adapter
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.tensor.product import tprod
from fuse_core.tensor.solve import tlstsq, tpinv
from fuse_core.words.corpus import Corpus
from fuse_core.words.word_tensors import word_tensor
from tests.fuse_core.builders import SyntheticPair, pieces, synthetic_pair, tokenizer
from tests.fuse_core.dense import normal, relative

every_bucketing = pytest.mark.parametrize("bucketing", ["pair", "target"])


def unrelated(dtype: torch.dtype = torch.float64, words: int = 40, d_src: int = 4) -> SyntheticPair:
    """The synthetic pair with target embeddings that no map explains."""
    pair = synthetic_pair(dtype, words, d_src)
    table = normal(*pair.target.table.shape, seed=9, dtype=dtype)
    return replace(pair, target=VocabularySide(pair.target.tokenizer, table))


def bucket_tensors(pair: SyntheticPair, i: int, j: int, heldout: bool = False) -> tuple[Tensor, Tensor]:
    """A and B of a pair bucket, straight from the definition."""
    a, b = [], []
    for word in pair.corpus.words:
        s, t = (side.tokenizer.encode_words([word])[0] for side in (pair.source, pair.target))
        if (len(s), len(t)) == (i, j) and (zlib.crc32(word.casefold().encode()) % 10 == 0) == heldout:
            a.append(s)
            b.append(t)
    return word_tensor(pair.source.table, a, max(i, j)), word_tensor(pair.target.table, b, max(i, j))


def run(pair: SyntheticPair, separate_first: bool = False, **options):
    """Fit the plain maps, as the paper defines them, unless told otherwise."""
    return fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(separate_first=separate_first, **options))


# --- Word tensors ---------------------------------------------------------------------------------------------------


def test_word_tensor_pads_with_zeros_and_cuts():
    table = normal(6, 3)
    words = [(2,), (0, 5), (1, 2, 3), ()]
    stacked = word_tensor(table, words, 2)
    zero = torch.zeros(3, dtype=table.dtype)
    expected = [(table[2], zero), (table[0], table[5]), (table[1], table[2]), (zero, zero)]
    assert torch.equal(stacked, torch.stack([torch.stack(slots, dim=1) for slots in expected]))


# --- What is solved -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("i", "j"), [(1, 1), (1, 2), (2, 2), (2, 3)])
@pytest.mark.parametrize("ridge", [0, 0.5])
def test_pair_buckets_solve_their_own_least_squares(ridge, i, j):
    pair = unrelated()
    fitted = run(pair, ridge=ridge)
    assert_close(fitted.maps[i, j], tlstsq(*bucket_tensors(pair, i, j), ridge))


@pytest.mark.parametrize(("i", "j"), [(1, 1), (1, 2), (2, 2), (2, 3)])
def test_first_tokens_have_a_map_of_their_own(i, j):
    pair = unrelated(words=60)
    fitted = run(pair, separate_first=True, ridge=0.5)
    a, b = bucket_tensors(pair, i, j)
    expected = tlstsq(a if i == 1 else split_first_token(a, max(i, j)), b, 0.5)
    assert_close(fitted.maps[i, j], expected)
    report = next(r for r in fitted.reports if (r.i, r.j) == (i, j))
    mapped = fitted.map_words(a[:, :, :i], j)
    assert mapped is not None
    assert report.train_error == pytest.approx(relative(mapped, b[:, :, :j]))


def test_first_tokens_keep_their_place_under_target_bucketing():
    pair = unrelated()
    plain, separate = (run(pair, bucketing="target", separate_first=first) for first in (False, True))
    assert plain.info == separate.info
    assert all(torch.equal(m, separate.maps[key]) for key, m in plain.maps.items())


def test_target_buckets_pool_all_source_lengths():
    pair = unrelated()
    a, b = (torch.cat(parts) for parts in zip(bucket_tensors(pair, 1, 2), bucket_tensors(pair, 2, 2), strict=True))
    assert_close(run(pair, bucketing="target", ridge=0).maps[0, 2], tlstsq(a, b))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_bucket_with_fewer_words_than_dimensions_gets_the_pseudoinverse(dtype):
    """The solution of least norm: rounding noise in the null space of the Gram matrix must not be inverted."""
    pair = unrelated(dtype, words=30, d_src=40)
    fitted = run(pair, ridge=0)
    for (i, j), m in fitted.maps.items():
        a, b = bucket_tensors(pair, i, j)
        assert relative(m, tprod(tpinv(a.double(), rtol=1e-6), b.double())) < 1e-4


def test_the_automatic_ridge_beats_none_on_held_out_words():
    pair = unrelated(words=60, d_src=30)
    assert run(pair).heldout_error() < run(pair, ridge=0).heldout_error()


@every_bucketing
def test_rows_may_be_summed_in_any_chunks(bucketing, monkeypatch):
    pair = unrelated()
    whole = run(pair, bucketing=bucketing)
    monkeypatch.setattr(least_squares, "ROWS_PER_CHUNK", 7)
    monkeypatch.setattr(bucket_rows, "ROWS_PER_CHUNK", 7)
    chunked = run(pair, bucketing=bucketing)
    for key, m in whole.maps.items():
        assert_close(chunked.maps[key], m)


def test_tables_of_different_precision_fit_together():
    pair = unrelated(torch.float32)
    target = VocabularySide(pair.target.tokenizer, pair.target.table.double())
    mixed = run(replace(pair, target=target), ridge=0.5)
    for key, m in run(pair, ridge=0.5).maps.items():
        assert mixed.maps[key].dtype == torch.float32
        assert_close(mixed.maps[key], m, rtol=1e-4, atol=1e-4)


# --- Which words ----------------------------------------------------------------------------------------------------


def test_buckets_keep_the_most_frequent_words():
    pair = unrelated()
    longer, shorter = run(pair, ridge=0), run(pair, ridge=0, examples=20)
    assert {r.words for r in longer.reports} == {40}
    assert {r.words for r in shorter.reports} == {20}
    first = replace(pair, corpus=pair.corpus.top(80))  # the four buckets take turns
    for key, m in run(first, ridge=0).maps.items():
        assert torch.equal(shorter.maps[key], m)


def test_words_longer_than_the_limit_are_left_out():
    pair = unrelated()
    assert list(run(pair, max_tokens=1).maps) == [(1, 1)]
    assert list(run(pair, max_tokens=2).maps) == [(1, 1), (1, 2), (2, 2)]
    assert list(run(pair, max_tokens=2, bucketing="target").maps) == [(0, 1), (0, 2)]


def test_words_with_an_unknown_token_are_left_out():
    pair = unrelated()
    known = Corpus("known", pair.corpus.words[:80], pair.corpus.weights[:80])
    mixed = Corpus("mixed", (*known.words, *"αβγδεζηθικ"), (*known.weights, *(0.1,) * 10))
    for unknown_to in ("source", "target"):
        side = getattr(pair, unknown_to)
        other = "target" if unknown_to == "source" else "source"
        knows_all = VocabularySide(pieces(mixed.words, 3), normal(200, 4))
        sides = {unknown_to: side, other: knows_all}
        with_unknown, without = (
            fit_adapter(sides["source"], sides["target"], corpus, FitOptions(ridge=1.0)) for corpus in (mixed, known)
        )
        assert [r.words for r in with_unknown.reports] == [r.words for r in without.reports]


@every_bucketing
def test_one_word_in_ten_is_held_out_by_its_spelling(bucketing):
    pair = synthetic_pair(words=100)
    held = {word for word in pair.corpus.words if zlib.crc32(word.casefold().encode()) % 10 == 0}
    reports = run(pair, bucketing=bucketing).reports
    assert sum(r.heldout_words for r in reports) == len(held)
    assert 20 < len(held) < 60


def test_a_bucket_of_few_words_stays_empty():
    pair = synthetic_pair()
    few = replace(pair, corpus=pair.corpus.top(28))  # seven words a bucket
    with pytest.raises(UserError, match="No bucket has enough words"):
        run(few)
    some = replace(pair, corpus=Corpus("some", pair.corpus.words[:28] + pair.corpus.words[28::4], (1.0,) * 51))
    assert list(run(some).maps) == [(1, 1)]


# --- What is reported -----------------------------------------------------------------------------------------------


def test_reports_measure_training_and_held_out_words():
    pair = unrelated()
    fitted = run(pair, ridge=2.0)
    assert [(r.i, r.j) for r in fitted.reports] == list(fitted.maps)
    for r in fitted.reports:
        for heldout, error in ((False, r.train_error), (True, r.heldout_error)):
            a, b = bucket_tensors(pair, r.i, r.j, heldout)
            assert error == pytest.approx(relative(tprod(a, fitted.maps[r.i, r.j]), b))
        assert r.heldout_words == len(bucket_tensors(pair, r.i, r.j, heldout=True)[0])
        assert (r.words, r.ridge) == (40, 2.0)
        assert r.seconds >= 0


def test_without_held_out_words_the_error_is_nan():
    pair = unrelated()
    training = tuple(word for word in pair.corpus.words if zlib.crc32(word.casefold().encode()) % 10)
    fitted = run(replace(pair, corpus=Corpus("training", training, (1.0,) * len(training))))
    assert all(r.heldout_words == 0 and math.isnan(r.heldout_error) for r in fitted.reports)
    assert math.isnan(fitted.heldout_error())


def test_info_names_everything_the_fit_depends_on():
    s, t = tokenizer("byte-level"), tokenizer("wordpiece")
    sides = VocabularySide(s, torch.ones(3, 2)), VocabularySide(t, torch.zeros(3, 2))
    words = Corpus("words", ("a", "cat"), (1.0, 1.0))
    info = adapter_info(*sides, words, FitOptions(bucketing="target", ridge=0.5, max_tokens=3, examples=100))
    assert (info.source, info.target) == ("byte-level", "wordpiece")
    assert (info.source_fingerprint, info.target_fingerprint) == (s.fingerprint, t.fingerprint)
    assert (info.bucketing, info.ridge, info.max_tokens, info.examples) == ("target", "0.5", 3, 100)
    assert (info.words, info.words_digest) == ("words", words.digest)
    assert info.source_table != info.target_table
    pair = synthetic_pair()
    expected = adapter_info(pair.source, pair.target, pair.corpus, FitOptions())
    assert run(pair, separate_first=True).info == expected
    assert expected.separate_first
    assert run(pair).info == replace(expected, separate_first=False)


def test_progress_counts_buckets_from_nothing_to_nearly_done():
    pair = synthetic_pair()
    calls = []
    fit_adapter(pair.source, pair.target, pair.corpus, progress=lambda share, what: calls.append((share, what)))
    assert [share for share, _ in calls] == [0, 0.25, 0.5, 0.75]
    assert calls[1][1] == "Fitting bucket 2 of 4: 30 words"


def test_a_fit_can_be_cancelled_between_buckets():
    pair = synthetic_pair()
    seen = []

    def cancel_at_the_third(share: float, what: str) -> None:
        seen.append(share)
        if len(seen) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_adapter(pair.source, pair.target, pair.corpus, progress=cancel_at_the_third)
    assert seen == [0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bucketing": "source"}, "no bucketing 'source'"),
        ({"ridge": -1.0}, "number from 0 up, got -1.0"),
        ({"ridge": math.inf}, "number from 0 up, got inf"),
        ({"ridge": math.nan}, "number from 0 up, got nan"),
        ({"ridge": "strong"}, "number from 0 up, got 'strong'"),
        ({"max_tokens": 0}, "1 to 8 tokens, got 0"),
        ({"max_tokens": 9}, "1 to 8 tokens, got 9"),
        ({"examples": 15}, "at least 16 examples, got 15"),
        ({"words": 999}, "at least 1000 words, got 999"),
    ],
)
def test_wrong_options_are_refused_before_any_work(options, message):
    with pytest.raises(UserError, match=message):
        run(synthetic_pair(words=1), **options)


def test_fewer_words_than_channels_are_fitted_exactly():
    """The plain pseudoinverse of a wide A: its Gram tensor is singular, and squaring would lose half the digits."""
    pair = unrelated(d_src=60)
    a, b = bucket_tensors(pair, 1, 1)
    assert a.shape[0] < a.shape[1]
    fitted = run(pair, ridge=0.0).maps[1, 1]
    assert relative(tprod(a, fitted), b) < 1e-12
    assert_close(fitted, tprod(tpinv(a), b), atol=1e-10, rtol=1e-10)
