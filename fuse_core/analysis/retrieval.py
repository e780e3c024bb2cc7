"""Which target tokens a mapped word lands next to: what a map's relative error means for words.

A word's source embeddings, mapped (FUSE, arXiv 2408.04816), should lie where its target tokens lie. Closeness is the
cosine, and the competitors are all tokens of the target's vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.map import apply_map
from fuse_core.common.progress import Progress
from fuse_core.words.word_tensors import word_tensor

LARGEST_SAMPLE = 500  # words of a bucket
TOP = (1, 10)


@dataclass(frozen=True)
class RetrievalReport:
    """How often a bucket's mapped words find their own target tokens.

    Attributes
    ----------
    bucket : (int, int)
        ``(i, j)``, ``i = 0`` under ``target`` bucketing.
    words, tokens : int
        Words measured, and their target tokens: one query each.
    heldout : int
        Target tokens of all the bucket's held-out words, of which these are a sample.
    top1, top10 : float
        Share of the tokens that are the nearest, or among the 10 nearest, of the whole vocabulary.
    chance1, chance10 : float
        The same for a random order.
    """

    bucket: tuple[int, int]
    words: int
    tokens: int
    heldout: int
    top1: float
    top10: float
    chance1: float
    chance10: float


class TokenSearch:
    """Nearest tokens of an embedding table by cosine.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, d)
    """

    def __init__(self, table: Tensor) -> None:
        self.unit = torch.nn.functional.normalize(table, dim=1)

    @property
    def size(self) -> int:
        """Tokens of the vocabulary."""
        return self.unit.shape[0]

    def cosines(self, queries: Tensor) -> Tensor:
        """Cosines of queries (n, d) with every token, shape = (n, vocabulary). ``O(n d vocabulary)``."""
        return torch.nn.functional.normalize(queries.to(self.unit.dtype), dim=1) @ self.unit.T

    def ranks(self, queries: Tensor, ids: Tensor) -> Tensor:
        """Rank of one token for each query, shape = (n,): 1 for the nearest; ties count in the token's favour."""
        cosines = self.cosines(queries)
        own = cosines.gather(1, ids.unsqueeze(1))
        return (cosines > own).sum(1) + 1


def sample_rows(rows: Sequence[BucketRow], size: int = LARGEST_SAMPLE) -> list[BucketRow]:
    """At most ``size`` held-out words of a bucket, spread evenly over them from frequent to rare."""
    heldout = [row for row in rows if row.heldout]
    count = min(size, len(heldout))
    return [heldout[k * len(heldout) // count] for k in range(count)]


def mapped_words(source: Tensor, m: Tensor, bucket: tuple[int, int], rows: Sequence[BucketRow]) -> Tensor:
    """A bucket's words in the target's space, shape = (words, d_tgt, j)."""
    i, j = bucket
    return apply_map(word_tensor(source, [row.source for row in rows], i or j), m, j)


def retrieval_accuracy(
    source: Tensor,
    search: TokenSearch,
    maps: dict[tuple[int, int], Tensor],
    rows: dict[tuple[int, int], list[BucketRow]],
    progress: Progress | None = None,
) -> list[RetrievalReport]:
    """Measure every bucket on at most 500 of its held-out words, the same in every run.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    search : TokenSearch
        Over the target's table.
    maps : dict
        Bucket -> map (d_src or 2 d_src, d_tgt, l).
    rows : dict
        Bucket -> its words; training words are passed over.

    Returns
    -------
    list of RetrievalReport
        Buckets in order, without those that have no held-out words.

    Notes
    -----
    ``O(words j d_tgt vocabulary)`` a bucket.
    """
    reports = []
    for done, (bucket, m) in enumerate(sorted(maps.items())):
        if progress is not None:
            progress(done / len(maps), f"Looking up words: bucket {done + 1} of {len(maps)}")
        sample = sample_rows(rows.get(bucket, ()))
        if not sample:
            continue
        with torch.no_grad():
            # Slot by slot, so that at most 500 x vocabulary cosines are held at a time.
            mapped = mapped_words(source, m, bucket, sample)
            ids = torch.tensor([row.target for row in sample], device=mapped.device)  # (words, j)
            ranks = torch.cat([search.ranks(mapped[:, :, slot], ids[:, slot]) for slot in range(bucket[1])])
        top1, top10 = (float((ranks <= k).double().mean()) for k in TOP)
        chance1, chance10 = (k / search.size for k in TOP)
        heldout = sum(row.heldout for row in rows[bucket]) * bucket[1]
        reports.append(RetrievalReport(bucket, len(sample), len(ranks), heldout, top1, top10, chance1, chance10))
    return reports


def mean_accuracy(reports: Sequence[RetrievalReport]) -> tuple[float, float]:
    """Accuracy at 1 and at 10 over all held-out tokens: the buckets' own, weighted by their held-out tokens."""
    tokens = sum(r.heldout for r in reports)
    if not tokens:
        return math.nan, math.nan
    top1 = sum(r.top1 * r.heldout for r in reports) / tokens
    top10 = sum(r.top10 * r.heldout for r in reports) / tokens
    return top1, top10
