"""Word lists with frequencies."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from fuse_core.common.errors import UserError
from fuse_core.words.corpus import (
    LARGEST_FILE,
    Corpus,
    english,
    from_text,
    is_heldout,
    read_text_corpus,
    with_vocabulary,
)
from tests.fuse_core.builders import tokenizer


def test_from_text_counts_words_most_frequent_first():
    corpus = from_text("the cat  the\ndog\tthe cat", name="mine")
    assert corpus == Corpus("mine", ("the", "cat", "dog"), (3.0, 2.0, 1.0))


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(UserError, match="no words"):
        from_text(text)


def test_one_word_in_ten_is_held_out_and_with_it_those_that_differ_in_case():
    words = english(5000).words
    assert 0.08 < sum(map(is_heldout, words)) / len(words) < 0.12
    assert all(is_heldout(w) == is_heldout(w.capitalize()) == is_heldout(w.upper()) for w in words if w.isascii())


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


def write(folder: Path, content: bytes) -> Path:
    path = folder / "mine.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_utf8_file_is_read_with_or_without_a_byte_order_mark(tmp_path, mark):
    corpus = read_text_corpus(write(tmp_path, mark + "naïve 🐆\r\nnaïve".encode()))
    assert corpus == Corpus("mine.txt", ("naïve", "🐆"), (2.0, 1.0))


def test_utf16_is_read_by_its_mark_and_refused_without(tmp_path):
    assert read_text_corpus(write(tmp_path, "a cat a".encode("utf-16"))).words == ("a", "cat")
    with pytest.raises(UserError, match="seems to be UTF-16 LE without a byte order mark"):
        read_text_corpus(write(tmp_path, "a cat".encode("utf-16-le")))


def test_a_file_without_white_space_is_one_word(tmp_path):
    corpus = read_text_corpus(write(tmp_path, b"a" * 50_000))
    assert corpus.words == ("a" * 50_000,)
    assert corpus.weights == (1.0,)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "'mine.txt' is empty"),
        (b" \n\t ", "'mine.txt' has no words"),
        (codecs.BOM_UTF8, "'mine.txt' is empty"),
        (b"caf\xe9 au lait", "not UTF-8 text: the byte at offset 3 is 0xe9"),
    ],
)
def test_a_bad_file_gets_a_sentence(tmp_path, content, sentence):
    with pytest.raises(UserError, match=sentence):
        read_text_corpus(write(tmp_path, content))


def test_a_file_may_have_ten_megabytes_and_no_more(tmp_path):
    largest = write(tmp_path, b"cat " * (LARGEST_FILE // 4))
    assert read_text_corpus(largest).weights == (LARGEST_FILE / 4,)
    with pytest.raises(UserError, match="too large: 10 MB is the most"):
        read_text_corpus(write(tmp_path, b"a" * (LARGEST_FILE + 1)))


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path):
    with pytest.raises(UserError, match="could not be read"):
        read_text_corpus(tmp_path / "absent.txt")
    with pytest.raises(UserError, match="could not be read"):
        read_text_corpus(tmp_path)
