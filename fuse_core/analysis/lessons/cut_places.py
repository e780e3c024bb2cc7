"""Where two tokenizers cut one text: between its words, and inside them (FUSE, arXiv 2408.04816)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from fuse_core.words.alignment import AlignedWord
from fuse_core.words.word import Word


@dataclass(frozen=True)
class Places:
    """Places of one kind, before a letter of the text each.

    Attributes
    ----------
    possible : int
        Where a cut could be.
    source, target, both : int
        Where the one tokenizer cuts, the other, and both.
    """

    possible: int
    source: int
    target: int
    both: int


@dataclass(frozen=True)
class Agreement:
    """The places between words and those inside them."""

    between: Places
    inside: Places


def cut_places(words: Sequence[Word]) -> frozenset[int]:
    """Before which letter of a text a token begins: 0 is its first; white space is no letter.

    A tokenizer may count white space to a token or drop it: neither moves a place. Cost ``O(tokens log letters)``.
    """
    letters = _letters(words)
    begins = set()
    for word in words:
        for start, end in word.offsets:
            place = bisect_left(letters, start)
            if place < len(letters) and letters[place] < end:  # else it is of white space alone
                begins.add(place)
    return frozenset(begins)


def agreement(aligned: Sequence[AlignedWord]) -> Agreement:
    """Where two tokenizers cut a text, the beginning of the text left out."""
    words = [word.source for word in aligned]
    source, target = (cut_places(side) for side in (words, [word.target for word in aligned]))
    starts, place = set(), 0
    for word in words:
        starts.add(place)
        place += len(word.text)
    starts.discard(0)
    return Agreement(
        _places(starts, source, target),
        _places(set(range(1, place)) - starts, source, target),
    )


def _letters(words: Sequence[Word]) -> list[int]:
    """Where the letters of the words stand in the text, in order."""
    return [position for word in words for position in range(*word.span)]


def _places(possible: set[int], source: frozenset[int], target: frozenset[int]) -> Places:
    cut = [possible & source, possible & target, possible & source & target]
    return Places(len(possible), *map(len, cut))
