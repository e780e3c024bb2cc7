"""Where two tokenizers cut a text, against cuts counted along the text's letters."""

from __future__ import annotations

from itertools import accumulate

import pytest

from fuse_core.analysis.lessons.cut_places import agreement, cut_places
from fuse_core.words.alignment import align
from tests.fuse_core.tiny_models import shared_tokenizer

TEXT = "The photographer's kittens snuggle  beneath\nunattended tripods."


def begins(tokenizer, text: str) -> set[int]:
    """The same from what tokens spell, white space left out: each begins where those before it end."""
    spelt = [
        token.lstrip("#Ġ").removesuffix("</w>").lstrip("Ċ")
        for token in tokenizer.backend.encode(text, add_special_tokens=False).tokens
    ]
    lengths = [len(token) for token in spelt if token]
    return {0, *list(accumulate(lengths))[:-1]}


@pytest.mark.parametrize("key", ["gpt2-tokenizer", "minilm", "clip-tokenizer"])
def test_places_are_those_of_the_tokens_spellings(key):
    tokenizer = shared_tokenizer(key)
    assert cut_places(tokenizer.split(TEXT)) == begins(tokenizer, TEXT)


def test_white_space_is_cut_by_both_and_the_rest_is_counted():
    source, target = shared_tokenizer("gpt2-tokenizer"), shared_tokenizer("minilm")
    found = agreement(align(TEXT, source, target))
    first, second = begins(source, TEXT), begins(target, TEXT)
    starts = set(list(accumulate(len(word) for word in TEXT.split()))[:-1])
    assert (found.between.possible, found.between.both) == (len(starts), len(starts & first & second))
    assert found.between.both == found.between.possible
    letters = len("".join(TEXT.split()))
    assert found.inside.possible == letters - 1 - len(starts)
    assert found.inside.source == len(first - starts - {0})
    assert found.inside.target == len(second - starts - {0})
    assert found.inside.both == len((first & second) - starts - {0})


def test_a_text_without_words_has_no_places():
    source, target = shared_tokenizer("gpt2-tokenizer"), shared_tokenizer("minilm")
    found = agreement(align("  \n ", source, target))
    assert found.between.possible == found.inside.possible == 0


def test_a_character_of_several_tokens_is_cut_once():
    source = shared_tokenizer("gpt2-tokenizer")
    words = source.split("a 🦩b")
    assert len(words[1].ids) > 2
    assert cut_places(words) == {0, 1, 2}
