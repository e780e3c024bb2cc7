"""Tokens matched one to one, against sets of characters; kinds of words, against spellings."""

from __future__ import annotations

from fuse_core.analysis.lessons.one_to_one import kinds_of_words, one_to_one, placed
from fuse_core.words.alignment import align
from fuse_core.words.corpus import Corpus
from tests.fuse_core.tiny_models import shared_tokenizer

TEXT = "The photographer's kittens snuggle."
WORDS = ("the", "tripod", "shallows", "kittens", "unattended", "a")


def characters(words) -> list[set[int]]:
    """Of each token those that are no white space, by its offsets."""
    return [{k for k in range(*offsets) if TEXT[k] != " "} for word in words for offsets in word.offsets]


def test_pairs_share_letters_where_their_sets_of_characters_meet():
    aligned = align(TEXT, shared_tokenizer("gpt2-tokenizer"), shared_tokenizer("minilm"))
    sides = [[word.source for word in aligned], [word.target for word in aligned]]
    source, target = map(placed, sides)
    pairs = one_to_one(source, target)
    found = [s.shares(t) for s, t in pairs]
    first, second = map(characters, sides)
    assert found == [bool(a & b) for a, b in zip(first, second, strict=False)]
    assert True in found
    assert False in found
    assert [set(range(token.start, token.end)) for token in source] == first
    assert [token.text for token in source] == [TEXT[min(k) : max(k) + 1] for k in first]
    assert max(token.slot for token in target) == max(len(word.target.ids) for word in aligned) - 1


def test_kinds_of_words_are_shares_of_spellings():
    source, target = shared_tokenizer("gpt2-tokenizer"), shared_tokenizer("minilm")
    corpus = Corpus("few", WORDS, (32.0, 16.0, 8.0, 4.0, 2.0, 1.0))
    expected = {"alike": [0.0, 0.0], "moved": [0.0, 0.0], "other": [0.0, 0.0]}
    for word, weight in zip(corpus.words, corpus.weights, strict=True):
        first = [name.removeprefix("Ġ") for name in source.backend.encode(f" {word}").tokens]
        second = [name.removeprefix("##") for name in target.backend.encode(word, add_special_tokens=False).tokens]
        kind = "other" if len(first) != len(second) else "alike" if first == second else "moved"
        expected[kind][0] += 1 / len(WORDS)
        expected[kind][1] += weight / 63
    found = {share.kind: [share.by_word, share.by_occurrence] for share in kinds_of_words(source, target, corpus)}
    assert found.keys() == expected.keys()
    assert all(abs(a - b) < 1e-12 for kind in found for a, b in zip(found[kind], expected[kind], strict=True))
    assert all(expected[kind][0] for kind in ("alike", "other"))
