"""Fitting FUSE adapters from the words two models share (arXiv 2408.04816)."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter import Adapter, AdapterInfo, Bucketing, BucketReport, bucket_key
from fuse_core.corpus import Corpus
from fuse_core.errors import UserError
from fuse_core.ridge import RidgePath
from fuse_core.tproduct import tprod, tsolve_normal, ttranspose
from fuse_core.words import WordTokenizer, pad_slots

ROWS_PER_CHUNK = 4096
HELDOUT_SHARE = 10  # one word in ten
MIN_WORDS = 8  # fewer training words than this leave a bucket empty


def default_ridge(bucketing: Bucketing) -> float | Literal["auto"]:
    """The paper's ``target`` bucketing has no ridge; ``pair`` chooses it by cross-validation."""
    return "auto" if bucketing == "pair" else 0.0


class Cancelled(Exception):
    """The caller asked a fit to stop."""


@dataclass(frozen=True)
class FitOptions:
    """Settings of a fit, every default visible.

    Attributes
    ----------
    bucketing : 'pair' or 'target'
    ridge : 'auto' or float
        'auto' is generalised cross-validation; 0 the plain pseudoinverse, the paper's choice.
    max_tokens : int
        L, the longest word in tokens.
    examples : int
        Most words a bucket, the first of the corpus.
    words : int
        Size of the word list.
    """

    bucketing: Bucketing = "pair"
    ridge: float | Literal["auto"] = "auto"
    max_tokens: int = 4
    examples: int = 32_768
    words: int = 100_000

    def check(self) -> None:
        if self.bucketing not in ("pair", "target"):
            raise UserError(f"There is no bucketing '{self.bucketing}'.", "Choose 'pair' or 'target'.")
        if self.ridge != "auto" and not (isinstance(self.ridge, (int, float)) and 0 <= self.ridge < math.inf):
            raise UserError(f"The ridge must be 'auto' or a number from 0 up, got {self.ridge!r}.")
        if not 1 <= self.max_tokens <= 8:
            raise UserError(f"The longest word must be 1 to 8 tokens, got {self.max_tokens}.")
        if self.examples < 2 * MIN_WORDS:
            raise UserError(f"A bucket needs at least {2 * MIN_WORDS} examples, got {self.examples}.")
        if self.words < 1000:
            raise UserError(f"A fit needs a list of at least 1000 words, got {self.words}.")


@dataclass(frozen=True)
class VocabularySide:
    """One model's part in a fit: its tokenizer and its input embeddings, shape = (vocabulary, d)."""

    tokenizer: WordTokenizer
    table: Tensor


def adapter_info(source: WordTokenizer, target: WordTokenizer, words: str, options: FitOptions) -> AdapterInfo:
    """What an adapter fitted with these options will say of itself."""
    return AdapterInfo(
        source=source.key,
        target=target.key,
        source_fingerprint=source.fingerprint,
        target_fingerprint=target.fingerprint,
        bucketing=options.bucketing,
        max_tokens=options.max_tokens,
        words=words,
        examples=options.examples,
        ridge=str(options.ridge),
    )


def fit_adapter(
    source: VocabularySide,
    target: VocabularySide,
    corpus: Corpus,
    options: FitOptions = FitOptions(),
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Adapter:
    """Fit every bucket's map by least squares on the words of a corpus.

    Parameters
    ----------
    progress : callable, optional
        Called with the share done (0 to 1) and what is being done.
    cancelled : callable, optional
        Asked between buckets; True raises ``Cancelled``.

    Notes
    -----
    A word is held out by its spelling (one in ten), so both bucketings are judged on the same words. Per bucket of
    ``n`` words: ``O(n d_src (d_src + d_tgt) l)`` for the Gram tensors, in float32 under 'auto' and in
    float64 with a given ridge, and ``O(d_src**3 l)`` for the solve.
    """
    options.check()
    members = _bucket_members(source.tokenizer, target.tokenizer, corpus, options)
    maps: dict[tuple[int, int], Tensor] = {}
    reports: list[BucketReport] = []
    for done, (bucket, rows) in enumerate(sorted(members.items())):
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(done / len(members), f"Fitting bucket {done + 1} of {len(members)}: {len(rows):,} words")
        fitted = _fit_bucket(source.table, target.table, bucket, rows, options.ridge)
        if fitted is not None:
            maps[bucket], report = fitted
            reports.append(report)
    if not maps:
        raise UserError("No bucket has enough words for a fit.", "Use a longer word list or more tokens per word.")
    info = adapter_info(source.tokenizer, target.tokenizer, corpus.name, options)
    return Adapter(info, maps, reports)


@dataclass(frozen=True)
class _Row:
    source: tuple[int, ...]
    target: tuple[int, ...]
    heldout: bool


def _bucket_members(
    source: WordTokenizer, target: WordTokenizer, corpus: Corpus, options: FitOptions
) -> dict[tuple[int, int], list[_Row]]:
    limit = options.max_tokens
    members: dict[tuple[int, int], list[_Row]] = {}
    pairs = zip(corpus.words, source.encode_words(corpus.words), target.encode_words(corpus.words), strict=True)
    for word, s, t in pairs:
        if not (1 <= len(s) <= limit and 1 <= len(t) <= limit):
            continue
        if source.unknown_id in s or target.unknown_id in t:
            continue
        rows = members.setdefault(bucket_key(options.bucketing, len(s), len(t)), [])
        if len(rows) < options.examples:
            rows.append(_Row(s, t, zlib.crc32(word.encode()) % HELDOUT_SHARE == 0))
    return members


def word_tensor(table: Tensor, ids: Sequence[tuple[int, ...]], l: int) -> Tensor:
    """Stack words into a tensor (n, d, l), truncated or zero-padded to ``l`` slots.

    A padding slot is zero, so a real token is never mistaken for it.
    """
    index = torch.full((len(ids), l), -1, dtype=torch.long)
    for k, word in enumerate(ids):
        cut = word[:l]
        index[k, : len(cut)] = torch.tensor(cut)
    index = index.to(table.device)
    stacked = table[index.clamp_min(0)] * (index >= 0).unsqueeze(-1)  # (n, l, d)
    return stacked.transpose(1, 2)


def _fit_bucket(
    source: Tensor, target: Tensor, bucket: tuple[int, int], rows: list[_Row], ridge: float | Literal["auto"]
) -> tuple[Tensor, BucketReport] | None:
    started = time.perf_counter()
    training = [row for row in rows if not row.heldout]
    heldout = [row for row in rows if row.heldout]
    if len(training) < MIN_WORDS:
        return None
    l = max(bucket)
    with torch.no_grad():
        # The weights of `auto` drown the rounding of float32 products; a weight of 0 would invert it.
        precision = source.dtype if ridge == "auto" else torch.float64
        gram, cross, energy = _normal_equations(source, target, training, l, precision)
        weight = RidgePath(gram, cross, energy, len(training)).best() if ridge == "auto" else float(ridge)
        m = tsolve_normal(gram, cross, weight)[0].to(source.dtype)
        report = BucketReport(
            i=bucket[0],
            j=bucket[1],
            words=len(rows),
            heldout_words=len(heldout),
            train_error=_relative_error(source, target, training, m),
            heldout_error=_relative_error(source, target, heldout, m),
            ridge=weight,
            seconds=time.perf_counter() - started,
        )
    return m, report


def _chunks(source: Tensor, target: Tensor, rows: list[_Row], l: int):
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        part = rows[start : start + ROWS_PER_CHUNK]
        yield word_tensor(source, [r.source for r in part], l), word_tensor(target, [r.target for r in part], l)


def _normal_equations(
    source: Tensor, target: Tensor, rows: list[_Row], l: int, precision: torch.dtype
) -> tuple[Tensor, Tensor, float]:
    """``A' * A``, ``A' * B`` and ``||B||^2`` in float64, from products of the given precision."""
    d_src, d_tgt = source.shape[1], target.shape[1]
    gram = torch.zeros(d_src, d_src, l, dtype=torch.float64, device=source.device)
    cross = torch.zeros(d_src, d_tgt, l, dtype=torch.float64, device=source.device)
    energy = 0.0
    for a, b in _chunks(source, target, rows, l):
        a = a.to(precision)
        at = ttranspose(a)
        gram += tprod(at, a)
        cross += tprod(at, b.to(precision))
        energy += float(b.double().square().sum())
    return gram, cross, energy


def _relative_error(source: Tensor, target: Tensor, rows: list[_Row], m: Tensor) -> float:
    if not rows:
        return math.nan
    missed, total = 0.0, 0.0
    for a, b in _chunks(source, target, rows, m.shape[2]):
        missed += float((tprod(pad_slots(a, m.shape[2]), m) - b).double().square().sum())
        total += float(b.double().square().sum())
    return math.sqrt(missed / total)
