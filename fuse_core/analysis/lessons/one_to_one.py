"""What matching the tokens of two tokenizers one to one gets wrong, and how many words it would do for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuse_core.analysis.lessons.cut_places import cut_places
from fuse_core.words.alignment import AlignedWord
from fuse_core.words.buckets import split_words
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word, without_space

KINDS = ("alike", "moved", "other")


@dataclass(frozen=True)
class Placed:
    """A token without the white space around it: its text, its characters ``start`` to ``end``, and its slot."""

    text: str
    start: int
    end: int
    slot: int

    def shares(self, other: Placed) -> bool:
        """Whether the two have a character in common."""
        return max(self.start, other.start) < min(self.end, other.end)


def placed(words: Sequence[Word]) -> list[Placed]:
    """The tokens of a text in order."""
    return [
        Placed(token.strip() or token, *without_space(offsets, token), slot)
        for word in words
        for slot, (token, offsets) in enumerate(zip(word.tokens, word.offsets, strict=True))
    ]


def one_to_one(source: Sequence[Placed], target: Sequence[Placed]) -> list[tuple[Placed, Placed]]:
    """The k-th token of the one with the k-th of the other, as far as both have one."""
    return list(zip(source, target, strict=False))


@dataclass(frozen=True)
class Share:
    """Words of one kind: their share of a corpus's words, and of its running words."""

    kind: str
    by_word: float
    by_occurrence: float


def kinds_of_words(source: WordTokenizer, target: WordTokenizer, corpus: Corpus) -> list[Share]:
    """How much of a corpus the two tokenizers cut ``alike``, ``moved``, or into ``other`` numbers of tokens.

    Alike is at the same places; moved into as many tokens, but elsewhere. A word that one of the two cannot represent
    counts to the last. Cost: one batch tokenisation each.
    """
    pairs = zip(split_words(source, corpus.words), split_words(target, corpus.words), strict=True)
    kinds = [kind_of(AlignedWord(word, s, t)) for word, (s, t) in zip(corpus.words, pairs, strict=True)]
    whole = sum(corpus.weights)
    return [
        Share(
            kind,
            kinds.count(kind) / len(kinds),
            sum(weight for found, weight in zip(kinds, corpus.weights, strict=True) if found == kind) / whole,
        )
        for kind in KINDS
    ]


def kind_of(word: AlignedWord) -> str:
    """One of ``KINDS``."""
    i, j = word.lengths
    if i != j or word.source.unknown or word.target.unknown:
        return "other"
    return "alike" if cut_places([word.source]) == cut_places([word.target]) else "moved"
