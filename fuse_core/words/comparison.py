"""One text under several tokenizers: how many tokens each needs, and which words they cut differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuse_core.words.segmenters.segmenter import Segmenter
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word


@dataclass(frozen=True)
class Cut:
    """A text as one tokenizer cuts it.

    Attributes
    ----------
    tokenizer : WordTokenizer
    words : tuple of Word
        Whatever the tokenizer, the same words of the text.
    differs : tuple of bool
        For each word whether it is cut otherwise than by the first of the tokenizers compared.
    characters : int
        Of the text's words and the white space between them.
    """

    tokenizer: WordTokenizer
    words: tuple[Word, ...]
    differs: tuple[bool, ...]
    characters: int

    @property
    def tokens(self) -> int:
        return sum(len(word.ids) for word in self.words)

    @property
    def characters_per_token(self) -> float:
        """How much text a token carries; 0 for a text without tokens."""
        return self.characters / self.tokens if self.tokens else 0.0

    def covered(self, max_tokens: int) -> float:
        """Share of the text's words, each counted as often as it occurs, of at most ``max_tokens`` tokens.

        A gradient is carried through these alone (FUSE, arXiv 2408.04816, has 4). A word that the tokenizer cannot
        represent is not among them. 0 for a text without words.
        """
        if not self.words:
            return 0.0
        return sum(not word.unknown and len(word.ids) <= max_tokens for word in self.words) / len(self.words)

    @property
    def longest(self) -> int:
        """Tokens of the longest word."""
        return max((len(word.ids) for word in self.words), default=0)

    @property
    def across(self) -> int:
        """Tokens with letters of two words, counted to the first: to FUSE, whose words are apart, they are none."""
        beyond = (
            token[max(0, word.span[1] - start) :].strip()
            for word in self.words
            for (start, _), token in zip(word.offsets, word.tokens, strict=True)
        )
        return sum(map(bool, beyond))


def compare(text: str, tokenizers: Sequence[WordTokenizer], segmenter: Segmenter | None = None) -> list[Cut]:
    """A text under each tokenizer, in their order.

    Parameters
    ----------
    segmenter : Segmenter, optional
        What tells the words; default: white space, FUSE's unit.

    Raises
    ------
    UserError
        Where the segmenter is not installed, or a tokenizer fails on the text.
    """
    spans = segmenter.words(text) if segmenter else None
    splits = [tokenizer.split(text, spans) for tokenizer in tokenizers]
    return [
        Cut(
            tokenizer,
            tuple(words),
            tuple(_pieces(first) != _pieces(word) for first, word in zip(splits[0], words, strict=True)),
            len(text.strip()),
        )
        for tokenizer, words in zip(tokenizers, splits, strict=True)
    ]


def _pieces(word: Word) -> list[str]:
    return [token.strip() for token in word.tokens]


def same_tokenizer(source: WordTokenizer, target: WordTokenizer) -> bool:
    """Whether the two cut all text alike."""
    return source is target or source.fingerprint == target.fingerprint
