"""Fitting FUSE adapters from the words two models share (arXiv 2408.04816)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from fuse_core.adapter.adapter import Adapter, AdapterInfo, Stored
from fuse_core.adapter.bucket_fit import MIN_WORDS, BucketReport, fit_bucket
from fuse_core.adapter.bucket_rows import bucket_rows
from fuse_core.adapter.map import Bucketing, Features, has_first_token_block
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.tensor.digest import tensor_digest
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer


def default_ridge(bucketing: Bucketing) -> float | Literal["auto"]:
    """The paper's ``target`` bucketing has no ridge; ``pair`` chooses it by cross-validation."""
    return "auto" if bucketing == "pair" else 0.0


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
    separate_first : bool
        Under ``pair``, give a word's first token channels of its own (``first_token``): maps of words of two source
        tokens or more then have ``2 d_src`` rows.
    features : 'embedding' or 'layers'
        What words of one source token are mapped from: their embedding, the paper's choice, or the features that the
        source's first layers make of them. Under ``pair`` alone, whose buckets know such words.
    """

    bucketing: Bucketing = "pair"
    ridge: float | Literal["auto"] = "auto"
    max_tokens: int = 4
    examples: int = 32_768
    words: int = 100_000
    separate_first: bool = True
    features: Features = "embedding"

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
        if self.features not in ("embedding", "layers"):
            raise UserError(f"There are no features '{self.features}'.", "Choose 'embedding' or 'layers'.")
        if self.features == "layers" and self.bucketing != "pair":
            raise UserError(
                f"The bucketing '{self.bucketing}' maps embeddings alone: its buckets do not know how many tokens "
                "a word has in the source.",
                "Choose the features 'embedding', or the bucketing 'pair'.",
            )


@dataclass(frozen=True)
class VocabularySide:
    """One model's part in a fit.

    Attributes
    ----------
    tokenizer : WordTokenizer
    table : Tensor, shape = (vocabulary, d)
        Its input embeddings.
    features : Tensor or None, shape = (vocabulary, m)
        Of the source, for a fit on ``layers``: features of every token as a word of its own.
    features_digest : str
        Of what these depend on.
    """

    tokenizer: WordTokenizer
    table: Tensor
    features: Tensor | None = None
    features_digest: str = ""


def adapter_info(
    source: VocabularySide, target: VocabularySide, corpus: Corpus, options: FitOptions, stored: Stored = "float32"
) -> AdapterInfo:
    """What an adapter fitted with these options, and stored so, will say of itself."""
    return AdapterInfo(
        source=source.tokenizer.key,
        target=target.tokenizer.key,
        source_fingerprint=source.tokenizer.fingerprint,
        target_fingerprint=target.tokenizer.fingerprint,
        source_table=tensor_digest(source.table),
        target_table=tensor_digest(target.table),
        bucketing=options.bucketing,
        max_tokens=options.max_tokens,
        words=corpus.name,
        words_digest=corpus.digest,
        examples=options.examples,
        ridge=str(options.ridge),
        separate_first=options.separate_first and options.bucketing == "pair",
        features=options.features,
        source_features=source.features_digest if options.features == "layers" else "",
        stored=stored,
    )


def fit_adapter(
    source: VocabularySide,
    target: VocabularySide,
    corpus: Corpus,
    options: FitOptions = FitOptions(),
    progress: Progress | None = None,
) -> Adapter:
    """Fit every bucket's map by least squares on the words of a corpus; under ``layers`` those of one source token.

    A token's hidden states say little of a longer word that it is part of, so such words' buckets are those of an
    adapter fitted on embeddings (``Adapter.completed``).

    Parameters
    ----------
    progress : callable, optional
        Called before every bucket with the share done (0 to 1) and what is being done. What it raises ends the fit.

    Notes
    -----
    A word is held out by its text (one in ten), whatever the bucketing and the tokenizers. Per bucket of
    ``u`` distinct tokens a slot: ``O(u d_src (d_src + d_tgt) l)`` for the Gram tensors and ``O(d_src**3 l)`` for the
    solve, in float64.
    """
    options.check()
    members = bucket_rows(
        source.tokenizer, target.tokenizer, corpus, options.bucketing, options.max_tokens, options.examples
    )
    table = source.table
    if options.features == "layers":
        assert source.features is not None
        table = source.features.to(table)
        members = {bucket: rows for bucket, rows in members.items() if bucket[0] == 1}
    maps: dict[tuple[int, int], Tensor] = {}
    reports: list[BucketReport] = []
    for done, (bucket, rows) in enumerate(sorted(members.items())):
        if progress is not None:
            progress(done / len(members), f"Fitting bucket {done + 1} of {len(members)}: {len(rows):,} words")
        separate = has_first_token_block(options.bucketing, options.separate_first, bucket[0])
        fitted = fit_bucket(table, target.table, bucket, rows, separate, options.ridge)
        if fitted is not None:
            maps[bucket], report = fitted
            reports.append(report)
    if not maps:
        raise UserError("No bucket has enough words for a fit.", "Use a longer word list or more tokens per word.")
    info = adapter_info(source, target, corpus, options)
    return Adapter(info, maps, reports)
