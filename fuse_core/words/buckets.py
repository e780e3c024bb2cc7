"""Token-length buckets of a tokenizer pair and how much of a language they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fuse_core.common.progress import Progress, part_of
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word

WORDS_PER_BATCH = 20_000  # encodings are large: a million of them at once would fill the memory
LETTERS = 2_000  # of a word that are looked at: no token has a hundred, so what follows is beyond every bucket


@dataclass(frozen=True, eq=False)
class BucketTable:
    """Every word of a corpus, sorted into buckets (source length i, target length j).

    Attributes
    ----------
    corpus : Corpus
    source_lengths, target_lengths : ndarray of int, shape = (words,)
        Tokens of each word under the two tokenizers; 0 where a tokenizer cannot represent the word.
    max_tokens : int
        L: words longer than this on either side lie outside the buckets.
    """

    corpus: Corpus
    source_lengths: np.ndarray
    target_lengths: np.ndarray
    max_tokens: int

    @property
    def words(self) -> tuple[str, ...]:
        return self.corpus.words

    @cached_property
    def weights(self) -> np.ndarray:
        """Occurrences, shape = (words,)."""
        return np.asarray(self.corpus.weights, dtype=float)

    def with_max_tokens(self, max_tokens: int) -> BucketTable:
        """The same words with another L."""
        return replace(self, max_tokens=max_tokens)

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

    def members(self, i: int, j: int) -> Corpus:
        """The words of one bucket, in the corpus's order (most frequent first)."""
        return self._chosen(f"({i}, {j})", (self.source_lengths == i) & (self.target_lengths == j))

    def outside(self) -> Corpus:
        """The words of no bucket: longer than L tokens on a side, or beyond what a tokenizer can represent."""
        return self._chosen("outside", ~self._inside())

    def _chosen(self, name: str, mask: np.ndarray) -> Corpus:
        positions = np.flatnonzero(mask).tolist()
        words, weights = self.corpus.words, self.corpus.weights
        return Corpus(name, tuple(words[k] for k in positions), tuple(weights[k] for k in positions))

    def coverage(self, max_tokens: int | None = None) -> dict[str, dict[str, float]]:
        """Share of words of at most L tokens, by occurrence and by distinct word, for each tokenizer.

        A word that the tokenizer cannot represent counts as not covered.
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


def bucket_words(
    source: WordTokenizer, target: WordTokenizer, corpus: Corpus, max_tokens: int = 4, progress: Progress | None = None
) -> BucketTable:
    """Sort a corpus into token-length buckets. Cost: one batch tokenisation per tokenizer."""
    report_progress = progress or (lambda share, what: None)
    lengths = (
        token_lengths(source, corpus.words, part_of(report_progress, 0.0, 0.5)),
        token_lengths(target, corpus.words, part_of(report_progress, 0.5, 1.0)),
    )
    return BucketTable(corpus, *lengths, max_tokens=max_tokens)


def token_lengths(tokenizer: WordTokenizer, words: Sequence[str], progress: Progress | None = None) -> np.ndarray:
    """Tokens of each word as it is cut inside a sentence, shape = (words,); 0 where it cannot be represented.

    Of a word of more than ``LETTERS`` letters only those are counted. The array is read-only, so that many tables may
    share it. Cost: one batch tokenisation; ``progress`` is told before each of its parts.
    """
    lengths = []
    for start in range(0, len(words), WORDS_PER_BATCH):
        if progress is not None:
            progress(start / len(words), f"Counting the tokens of {len(words):,} words in {tokenizer.key}")
        batch = tokenizer.encode_words([word[:LETTERS] for word in words[start : start + WORDS_PER_BATCH]])
        lengths += [0 if tokenizer.unknown_id in ids else len(ids) for ids in batch]
    result = np.array(lengths, dtype=int)
    result.flags.writeable = False
    return result


def split_words(tokenizer: WordTokenizer, words: Sequence[str]) -> list[Word]:
    """Each word as the tokenizer cuts it inside a sentence; ``words`` are free of white space."""
    return [split[1] for split in tokenizer.split_batch(["a " + word for word in words])]
