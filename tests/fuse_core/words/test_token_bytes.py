"""A token's own bytes, in every family of tokenizers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuse_core.words.token_bytes import token_bytes
from tests.fuse_core import builders

SMALL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(SMALL)
def test_a_byte_level_texts_bytes_are_its_tokens(text):
    tokenizer = builders.tokenizer("byte-level")
    assert b"".join(token_bytes(tokenizer, k) or b"?" for k in tokenizer.encode(text)) == text.encode()


@pytest.mark.parametrize("text", ["a 🐆 b", "é", "日本"])
def test_bytes_that_sentencepiece_falls_back_to_are_told(text):
    tokenizer = builders.tokenizer("gemma")
    assert b"".join(token_bytes(tokenizer, k) or b"?" for k in tokenizer.encode(text)) == text.encode()


def test_marks_of_the_spelling_are_no_text():
    for family, space in (("wordpiece", b""), ("clip", b""), ("unigram", b" ")):
        tokenizer = builders.tokenizer(family)
        word = builders.TEXT.split()[1].lower()
        ids = tokenizer.encode_words([word])[0]
        assert b"".join(token_bytes(tokenizer, k) or b"?" for k in ids) == space + word.encode(), family


def test_special_and_unknown_tokens_have_none():
    tokenizer = builders.tokenizer("wordpiece")
    assert tokenizer.unknown_id is not None
    assert token_bytes(tokenizer, tokenizer.unknown_id) is None
    assert token_bytes(tokenizer, min(tokenizer.special_ids)) is None
