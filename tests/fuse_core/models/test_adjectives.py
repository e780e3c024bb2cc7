from __future__ import annotations

import pytest

from fuse_core.models.adjectives import adjectives
from fuse_core.words.corpus import english

FOUND = "happy sad ugly big gentle tragic beautiful brave lovely delicious"
OTHER = "kindness party dog rescue war smile help murder baby"


@pytest.mark.parametrize("word", FOUND.split())
def test_words_are_adjectives_whose_adverb_or_comparison_english_has(word):
    assert adjectives([word], english().words) == [word]


@pytest.mark.parametrize("word", OTHER.split())
def test_other_words_are_none(word):
    assert adjectives([word], english().words) == []


def test_a_comparative_needs_its_superlative():
    assert adjectives(["bak", "odd"], {"baker", "odder", "oddest"}) == ["odd"]
