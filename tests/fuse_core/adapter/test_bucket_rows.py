"""The words of fits: cut once for all fits of a pair that follow one another."""

from __future__ import annotations

from collections import Counter

from fuse_core.adapter.bucket_rows import bucket_rows, word_rows
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from tests.fuse_core.builders import synthetic_pair


def test_fits_of_a_pair_cut_its_words_once_and_those_of_other_words_anew(monkeypatch):
    pair, cut, encode = synthetic_pair(), Counter(), WordTokenizer.encode_words

    def counted(tokenizer, words):
        cut[tokenizer.key] += 1
        return encode(tokenizer, words)

    monkeypatch.setattr(WordTokenizer, "encode_words", counted)
    word_rows.cache_clear()
    s, t = pair.source.tokenizer, pair.target.tokenizer
    first, second = (bucket_rows(s, t, pair.corpus, bucketing, 4, 1000) for bucketing in ("pair", "target"))
    assert cut == {s.key: 1, t.key: 1}
    assert {row.word for rows in first.values() for row in rows} == {
        row.word for rows in second.values() for row in rows
    }

    fewer = Corpus("fewer", pair.corpus.words[:5], pair.corpus.weights[:5])
    assert [row.word for row in word_rows(s, t, fewer)] == list(fewer.words)
    assert [(row.source, row.target) for row in word_rows(t, s, fewer)] == [
        (row.target, row.source) for row in word_rows(s, t, fewer)
    ]
