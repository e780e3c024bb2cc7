"""Token-length buckets of a tokenizer pair and how much of a language they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fuse_core.corpus import Corpus
from fuse_core.words import WordTokenizer


@dataclass(frozen=True)
class BucketTable:
    """Every word of a corpus, sorted into buckets (source length i, target length j).

    Attributes
    ----------
    words : tuple of str
    weights : ndarray, shape = (words,)
        Occurrences.
    source_lengths, target_lengths : ndarray of int, shape = (words,)
        Tokens of each word under the two tokenizers.
    max_tokens : int
        L: words longer than this on either side lie outside the buckets.
    """

    words: tuple[str, ...]
    weights: np.ndarray
    source_lengths: np.ndarray
    target_lengths: np.ndarray
    max_tokens: int

    def counts(self) -> np.ndarray:
        """Distinct words by bucket, shape = (L, L): row i - 1 (source), column j - 1 (target)."""
        table = np.zeros((self.max_tokens, self.max_tokens), dtype=int)
        inside = self._inside()
        np.add.at(table, (self.source_lengths[inside] - 1, self.target_lengths[inside] - 1), 1)
        return table

    def _inside(self) -> np.ndarray:
        longest = np.maximum(self.source_lengths, self.target_lengths)
        shortest = np.minimum(self.source_lengths, self.target_lengths)
        return (longest <= self.max_tokens) & (shortest >= 1)

    def members(self, i: int, j: int) -> list[str]:
        """The words of one bucket, most frequent first."""
        chosen = np.flatnonzero((self.source_lengths == i) & (self.target_lengths == j))
        return [self.words[k] for k in chosen]

    def coverage(self, max_tokens: int | None = None) -> dict[str, dict[str, float]]:
        """Share of words of at most L tokens, by occurrence and by distinct word, for each tokenizer.

        A word the tokenizer drops altogether (no token) counts as not covered.
        """
        limit = self.max_tokens if max_tokens is None else max_tokens
        result = {}
        for side, lengths in (("source", self.source_lengths), ("target", self.target_lengths)):
            covered = (lengths >= 1) & (lengths <= limit)
            result[side] = {
                "by_occurrence": float(self.weights[covered].sum() / self.weights.sum()),
                "by_word": float(covered.mean()),
            }
        return result


def bucket_words(source: WordTokenizer, target: WordTokenizer, corpus: Corpus, max_tokens: int = 4) -> BucketTable:
    """Sort a corpus into token-length buckets. Cost: one batch tokenisation per tokenizer."""
    return BucketTable(
        words=corpus.words,
        weights=np.asarray(corpus.weights, dtype=float),
        source_lengths=_lengths(source, corpus.words),
        target_lengths=_lengths(target, corpus.words),
        max_tokens=max_tokens,
    )


def _lengths(tokenizer: WordTokenizer, words: Sequence[str]) -> np.ndarray:
    return np.array([len(ids) for ids in tokenizer.encode_words(words)], dtype=int)
