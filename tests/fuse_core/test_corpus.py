"""Word lists with frequencies."""

from __future__ import annotations

import pytest

from fuse_core.corpus import Corpus, english, from_text, with_vocabulary
from fuse_core.errors import UserError
from tests.fuse_core.builders import tokenizer


def test_from_text_counts_words_most_frequent_first():
    corpus = from_text("the cat  the\ndog\tthe cat", name="mine")
    assert corpus == Corpus("mine", ("the", "cat", "dog"), (3.0, 2.0, 1.0))


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(UserError, match="no words"):
        from_text(text)


def test_top_keeps_the_most_frequent_words():
    corpus = from_text("a a a b b c", name="mine")
    assert corpus.top(2) == Corpus("mine-2", ("a", "b"), (3.0, 2.0))


def test_english_words_are_distinct_and_sorted_by_frequency():
    corpus = english(2000)
    assert corpus.name == "wordfreq-en-2000"
    assert len(corpus.words) == len(set(corpus.words)) == len(corpus.weights) == 2000
    assert corpus.words[0] == "the"
    assert list(corpus.weights) == sorted(corpus.weights, reverse=True)
    assert 0 < corpus.weights[-1] < corpus.weights[0] < 1
    assert sum(corpus.weights) < 1
    assert not any(character.isspace() for word in corpus.words for character in word)
    assert english(2000) is corpus


def test_english_refuses_an_empty_list():
    with pytest.raises(UserError, match="1 or more, got 0"):
        english(0)


def test_with_vocabulary_puts_the_tokenizer_s_own_words_first():
    source = tokenizer("byte-level")
    corpus = from_text("zebra zebra zebra the the cat", name="mine")
    extended = with_vocabulary(corpus, source)
    assert extended.name == "mine+byte-level"
    assert len(set(extended.words)) == len(extended.words) == len(extended.weights)
    own = extended.words[: extended.words.index("zebra")]
    assert "the" in own
    assert "naïve" not in own  # one token, but not plain letters
    assert {len(ids) for ids in source.encode_words(own)} == {1}
    assert set(corpus.words) <= set(extended.words)
    weights = dict(zip(extended.words, extended.weights, strict=True))
    assert (weights["zebra"], weights["the"], weights["cat"]) == (3.0, 2.0, 1.0)
    assert weights["sat"] == 1.0  # unknown to the corpus: as its rarest word
