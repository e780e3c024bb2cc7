"""A word of a text: a whitespace-separated group of tokens, the unit both tokenizers of a pair agree on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

# White space is what every tokenizer takes for it. Vertical tab, form feed, U+001C to U+001F and U+0085, which Python
# counts, are not: WordPiece drops them as control characters, so that a token may reach across. Here they are letters.
WORD = re.compile(r"[\S\x0b\x0c\x1c-\x1f\x85]+")


@dataclass(frozen=True)
class Word:
    """One word of a text and one tokenizer's ids for it.

    Attributes
    ----------
    text : str
        The word, without white space.
    span : (int, int)
        Character offsets in the text.
    ids : tuple of int
        Its tokens in order; white space before the word belongs to it (and after it, for the last word). Empty when
        the tokenizer drops the word.
    offsets : tuple of (int, int)
        What each token covers of the text, as character offsets there.
    tokens : tuple of str
        The same as text.
    unknown : bool
        True when the tokenizer cannot represent the word (no token, or its unknown token).
    """

    text: str
    span: tuple[int, int]
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    tokens: tuple[str, ...]
    unknown: bool = False

    def moved(self, by: int) -> Word:
        """The same word where the text begins ``by`` characters earlier."""
        start, end = self.span
        return replace(self, span=(start + by, end + by), offsets=tuple((a + by, b + by) for a, b in self.offsets))

    def tokens_within(self, start: int, end: int) -> slice:
        """Its tokens with a letter among the text's characters from ``start`` to ``end``.

        White space that a token covers besides is none of its letters. A token across the border counts: what stands
        there is read by it. One without any letter counts by where it begins.
        """
        inside = [
            k
            for k, (a, b) in enumerate(map(without_space, self.offsets, self.tokens))
            if a < end and max(b, a + 1) > start
        ]
        return slice(inside[0], inside[-1] + 1) if inside else slice(0, 0)


def without_space(offsets: tuple[int, int], token: str) -> tuple[int, int]:
    """Offsets of a token without the white space around it; its own where there is nothing else."""
    start, end = offsets
    left, right = token.lstrip(), token.rstrip()
    return (start + len(token) - len(left), end - len(token) + len(right)) if left else offsets


def word_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of the whitespace-separated words of a text."""
    return [match.span() for match in WORD.finditer(text)]


def group_tokens(spans: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]) -> list[int]:
    """The word each token belongs to.

    Parameters
    ----------
    spans : sequence of (start, end)
        Character spans of the tokens, in order.
    words : sequence of (start, end)
        Character spans of the words, in order; at least one.

    Returns
    -------
    list of int
        For each token the first word that ends after the token begins, so a token of white space goes to the word
        that follows it; trailing ones go to the last word. Cost ``O(tokens + words)``.
    """
    groups, current = [], 0
    for start, _ in spans:
        # A token that begins where a word ends holds the white space after it, or what follows.
        while current < len(words) - 1 and words[current][1] <= start:
            current += 1
        groups.append(current)
    return groups
