"""Token-length buckets, counted again word by word."""

from __future__ import annotations

import numpy as np
import pytest

from fuse_core.words.buckets import LETTERS, WORDS_PER_BATCH, BucketTable, bucket_words, split_words, token_lengths
from fuse_core.words.corpus import Corpus
from tests.fuse_core.builders import pieces, tokenizer

# Lengths (source, target), occurrences: one word each; (0, 1) is dropped by the source, (3, 1) is too long for L = 2.
CASES = {"one": (1, 1, 8.0), "two": (1, 2, 4.0), "three": (2, 1, 2.0), "four": (1, 1, 1.0), "five": (0, 1, 0.5)}
LONG = {"six": (3, 1, 0.5)}


def table(max_tokens: int = 2) -> BucketTable:
    source, target, weights = (np.array(column) for column in zip(*(CASES | LONG).values(), strict=True))
    corpus = Corpus("six", tuple(CASES | LONG), tuple(weights.tolist()))
    return BucketTable(corpus, source.astype(int), target.astype(int), max_tokens)


def test_counts_have_a_row_for_each_source_length():
    assert table().counts().tolist() == [[2, 1], [1, 0]]
    assert table(3).counts().tolist() == [[2, 1, 0], [1, 0, 0], [1, 0, 0]]


def test_members_are_the_words_of_a_bucket_in_order():
    members = table().members(1, 1)
    assert members.words == ("one", "four")
    assert members.weights == (8.0, 1.0)
    assert table().members(2, 2).words == ()


def test_outside_are_the_words_of_no_bucket():
    assert table().outside().words == ("five", "six")
    assert table(3).outside().words == ("five",)
    assert table(1).outside().words == ("two", "three", "five", "six")


@pytest.mark.parametrize("limit", [1, 2, 3, 8])
def test_every_word_is_in_a_bucket_or_outside(limit):
    wide = table().with_max_tokens(limit)
    assert wide.counts().shape == (limit, limit)
    assert wide.counts().sum() + len(wide.outside().words) == len(wide.words)
    for i in range(1, limit + 1):
        for j in range(1, limit + 1):
            assert len(wide.members(i, j).words) == wide.counts()[i - 1, j - 1]


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
    assert buckets.members(1, 2).words == ("abc",)


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


def test_a_word_that_a_tokenizer_only_knows_as_unknown_is_outside():
    words = ("cats", "🐆")
    buckets = bucket_words(tokenizer("byte-level"), tokenizer("wordpiece"), Corpus("two", words, (3.0, 1.0)))
    assert buckets.source_lengths[1] > 0
    assert buckets.target_lengths[1] == 0
    assert buckets.outside().words == ("🐆",)
    assert buckets.coverage()["target"]["by_occurrence"] == pytest.approx(3 / 4)


def test_lengths_are_the_same_in_one_batch_and_in_many():
    words = ("cats", "unbelievable") * (WORDS_PER_BATCH // 2 + 1)
    lengths = token_lengths(tokenizer("byte-level"), words)
    assert len(lengths) == len(words) > WORDS_PER_BATCH
    assert set(lengths[0::2]) == {lengths[0]}
    assert set(lengths[1::2]) == {lengths[1]}
    with pytest.raises(ValueError, match="read-only"):
        lengths[0] = 0


def test_an_endless_word_is_outside_every_bucket():
    endless = "ab7" * 1_000_000
    lengths = token_lengths(tokenizer("byte-level"), ["cats", endless])
    assert lengths[1] > LETTERS / 100  # far beyond any L
    assert token_lengths(tokenizer("wordpiece"), [endless]).tolist() == [0]


@pytest.mark.parametrize("family", ["byte-level", "wordpiece"])
def test_split_words_covers_each_word(family):
    words = ["cats", "photographers", "x" * 300]
    for word, split in zip(words, split_words(tokenizer(family), words), strict=True):
        assert split.text == word
        assert "".join(split.tokens).strip() == word
