"""The words of one text under two tokenizers: white space is the one boundary both respect (arXiv 2408.04816)."""

from __future__ import annotations

from dataclasses import dataclass

from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word


@dataclass(frozen=True)
class AlignedWord:
    """One word of a text as two tokenizers see it."""

    text: str
    source: Word
    target: Word

    @property
    def lengths(self) -> tuple[int, int]:
        """(source tokens i, target tokens j): the word's bucket."""
        return len(self.source.ids), len(self.target.ids)


def align(text: str, source: WordTokenizer, target: WordTokenizer) -> list[AlignedWord]:
    """Pair up the words of a text under two tokenizers."""
    pairs = zip(source.split(text), target.split(text), strict=True)
    return [AlignedWord(s.text, s, t) for s, t in pairs]
