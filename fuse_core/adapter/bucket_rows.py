"""The words a fit sees, sorted into buckets, and their stacked word tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from fuse_core.adapter.map import Bucketing, bucket_key
from fuse_core.words.corpus import Corpus, is_heldout
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word_tensors import word_tensor

ROWS_PER_CHUNK = 4096


@dataclass(frozen=True)
class BucketRow:
    """One word of a bucket.

    Attributes
    ----------
    word : str
    source, target : tuple of int
        Its ids under both tokenizers.
    heldout : bool
        Decided by the word's spelling, so that every fit is judged on the same words.
    """

    word: str
    source: tuple[int, ...]
    target: tuple[int, ...]
    heldout: bool


def bucket_rows(
    source: WordTokenizer, target: WordTokenizer, corpus: Corpus, bucketing: Bucketing, max_tokens: int, examples: int
) -> dict[tuple[int, int], list[BucketRow]]:
    """Sort a corpus into buckets, the first ``examples`` words each; words out of reach are left out.

    Cost: one batch tokenisation per tokenizer.
    """
    members: dict[tuple[int, int], list[BucketRow]] = {}
    pairs = zip(corpus.words, source.encode_words(corpus.words), target.encode_words(corpus.words), strict=True)
    for word, s, t in pairs:
        if not (1 <= len(s) <= max_tokens and 1 <= len(t) <= max_tokens):
            continue
        if source.unknown_id in s or target.unknown_id in t:
            continue
        rows = members.setdefault(bucket_key(bucketing, len(s), len(t)), [])
        if len(rows) < examples:
            rows.append(BucketRow(word, s, t, is_heldout(word)))
    return members


def row_chunks(
    source: Tensor, target: Tensor, rows: Sequence[BucketRow], i: int, j: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Word tensors of a bucket in chunks: source (n, d_src, i) and target (n, d_tgt, j)."""
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        part = rows[start : start + ROWS_PER_CHUNK]
        yield word_tensor(source, [r.source for r in part], i), word_tensor(target, [r.target for r in part], j)
