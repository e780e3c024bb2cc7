"""The words a fit sees, sorted into buckets, and their stacked word tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from fuse_core.adapter.map import Bucketing, bucket_key
from fuse_core.words.corpus import Corpus, is_heldout
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word_tensors import word_tensor

ROWS_PER_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class BucketRow:
    """One word of a bucket.

    Attributes
    ----------
    word : str
    source, target : tuple of int
        Its ids under both tokenizers.
    heldout : bool
        Decided by the word's text (``is_heldout``), so that every fit is judged on the same words.
    weight : float
        Its occurrences in the corpus.
    """

    word: str
    source: tuple[int, ...]
    target: tuple[int, ...]
    heldout: bool
    weight: float = 1.0


def bucket_rows(
    source: WordTokenizer, target: WordTokenizer, corpus: Corpus, bucketing: Bucketing, max_tokens: int, examples: int
) -> dict[tuple[int, int], list[BucketRow]]:
    """Sort a corpus into buckets, the first ``examples`` words each; words out of reach are left out.

    Cost: one batch tokenisation per tokenizer, none where the same words of the pair were sorted last.
    """
    return sorted_rows(word_rows(source, target, corpus), bucketing, max_tokens, examples)


@lru_cache(maxsize=1)  # the fits of a pair by either bucketing and on either features follow one another
def word_rows(source: WordTokenizer, target: WordTokenizer, corpus: Corpus) -> tuple[BucketRow, ...]:
    """A corpus's words that both tokenizers know, in its order. Cost: one batch tokenisation per tokenizer, once."""
    ids = source.encode_words(corpus.words), target.encode_words(corpus.words)
    return tuple(
        BucketRow(word, s, t, is_heldout(word), weight)
        for word, weight, s, t in zip(corpus.words, corpus.weights, *ids, strict=True)
        if s and t and source.unknown_id not in s and target.unknown_id not in t
    )


def sorted_rows(
    rows: Iterable[BucketRow], bucketing: Bucketing, max_tokens: int, examples: int
) -> dict[tuple[int, int], list[BucketRow]]:
    """Words by bucket, the first ``examples`` each, without those of more than ``max_tokens`` tokens."""
    members: dict[tuple[int, int], list[BucketRow]] = {}
    for row in rows:
        i, j = len(row.source), len(row.target)
        if max(i, j) <= max_tokens:
            bucket = members.setdefault(bucket_key(bucketing, i, j), [])
            if len(bucket) < examples:
                bucket.append(row)
    return members


def row_chunks(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], i: int, j: int, chunk: int | None = None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Word tensors of a bucket in chunks: source (n, d_src, i) and target (n, d_tgt, j)."""
    chunk = chunk or ROWS_PER_CHUNK
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        yield word_tensor(source, [r.source for r in part], i), word_tensor(target, [r.target for r in part], j)
