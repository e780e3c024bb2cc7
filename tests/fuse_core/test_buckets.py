"""Token-length buckets, counted again word by word."""

from __future__ import annotations

import numpy as np
import pytest

from fuse_core.buckets import BucketTable, bucket_words
from fuse_core.corpus import Corpus
from tests.fuse_core.builders import pieces, tokenizer

# Lengths (source, target), occurrences: one word each; (0, 1) is dropped by the source, (3, 1) is too long for L = 2.
CASES = {"one": (1, 1, 8.0), "two": (1, 2, 4.0), "three": (2, 1, 2.0), "four": (1, 1, 1.0), "five": (0, 1, 0.5)}
LONG = {"six": (3, 1, 0.5)}


def table(max_tokens: int = 2) -> BucketTable:
    source, target, weights = (np.array(column) for column in zip(*(CASES | LONG).values(), strict=True))
    return BucketTable(tuple(CASES | LONG), weights, source.astype(int), target.astype(int), max_tokens)


def test_counts_have_a_row_for_each_source_length():
    assert table().counts().tolist() == [[2, 1], [1, 0]]
    assert table(3).counts().tolist() == [[2, 1, 0], [1, 0, 0], [1, 0, 0]]


def test_members_are_the_words_of_a_bucket_in_order():
    assert table().members(1, 1) == ["one", "four"]
    assert table().members(2, 2) == []


def test_coverage_by_occurrence_and_by_word():
    coverage = table().coverage()
    assert coverage["source"]["by_occurrence"] == pytest.approx(15 / 16)
    assert coverage["source"]["by_word"] == pytest.approx(4 / 6)
    assert coverage["target"] == {"by_occurrence": 1.0, "by_word": 1.0}
    assert table().coverage(1)["source"]["by_word"] == pytest.approx(3 / 6)
    assert table().coverage(3)["source"]["by_word"] == pytest.approx(5 / 6)


def test_bucket_words_counts_the_tokens_of_both_sides():
    words = ("abc", "defg", "hijklm", "nopqrstuvwxyz")
    corpus = Corpus("four", words, (4.0, 3.0, 2.0, 1.0))
    buckets = bucket_words(pieces(words, 3), pieces(words, 2), corpus, max_tokens=4)
    assert buckets.source_lengths.tolist() == [1, 2, 2, 5]
    assert buckets.target_lengths.tolist() == [2, 2, 3, 7]
    assert buckets.weights.tolist() == list(corpus.weights)
    expected = np.zeros((4, 4), dtype=int)
    expected[0, 1] = expected[1, 1] = expected[1, 2] = 1
    assert np.array_equal(buckets.counts(), expected)
    assert buckets.members(1, 2) == ["abc"]


def test_real_families_agree_with_their_splits():
    source, target = tokenizer("byte-level"), tokenizer("wordpiece")
    words = ("cats", "dog's", "photographer", "naïve", "\u200b", "unbelievable")
    buckets = bucket_words(source, target, Corpus("real", words, (1.0,) * len(words)), max_tokens=8)
    for k, word in enumerate(words):
        text = f"The {word} sat"
        assert buckets.source_lengths[k] == len(source.split(text)[1].ids)
        assert buckets.target_lengths[k] == len(target.split(text)[1].ids)
    assert buckets.target_lengths[4] == 0  # the normalizer drops it: not covered
    assert buckets.coverage()["target"]["by_word"] == pytest.approx(5 / 6)
    assert buckets.counts().sum() == 5
