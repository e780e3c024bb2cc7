"""A word of a text: a whitespace-separated group of tokens, the unit both tokenizers of a pair agree on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(r"\S+")


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
    tokens : tuple of str
        What each token covers of the text.
    unknown : bool
        True when the tokenizer cannot represent the word (no token, or its unknown token).
    """

    text: str
    span: tuple[int, int]
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    unknown: bool = False


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
