"""The words that are one token to both models: what every kind of adapter is fitted to and judged on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow, bucket_rows
from fuse_core.adapter.fit import VocabularySide
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.words.corpus import Corpus

FEWEST = 32  # training words


@dataclass(frozen=True)
class SharedWords:
    """Both models' vocabularies and the words of bucket (1, 1).

    Attributes
    ----------
    source, target : VocabularySide
    rows : sequence of BucketRow
        Words of one token on either side, the first of the corpus first; held-out ones are marked.
    corpus : Corpus
        Running words of any length.
    features : callable or None
        What the source's first layers make of each token, shape = (vocabulary, width); None for a source without.
    """

    source: VocabularySide
    target: VocabularySide
    rows: Sequence[BucketRow] = field(repr=False)
    corpus: Corpus = field(repr=False)
    features: Callable[[Progress], Tensor] | None = None

    @classmethod
    def of(
        cls,
        source: VocabularySide,
        target: VocabularySide,
        words: Corpus,
        corpus: Corpus,
        examples: int,
        features: Callable[[Progress], Tensor] | None = None,
    ) -> SharedWords:
        """The first ``examples`` of ``words`` that are one token to both. Cost: one batch tokenisation a tokenizer.

        Raises
        ------
        UserError
            When there are too few for a fit.
        """
        rows = bucket_rows(source.tokenizer, target.tokenizer, words, "pair", 1, examples).get((1, 1), [])
        shared = cls(source, target, rows, corpus, features)
        if len(shared.training) < FEWEST:
            raise UserError(
                f"{source.tokenizer.key} and {target.tokenizer.key} share {len(shared.training)} words of one token "
                f"to learn from; a comparison needs {FEWEST}.",
                "Choose another pair.",
            )
        return shared

    @cached_property
    def training(self) -> list[BucketRow]:
        """The words that fits may see."""
        return [row for row in self.rows if not row.heldout]

    @cached_property
    def source_ids(self) -> Tensor:
        """Of the training words, shape = (n,)."""
        return torch.tensor([row.source[0] for row in self.training], device=self.source.table.device)

    @property
    def x(self) -> Tensor:
        """Source embeddings of the training words, shape = (n, d_src)."""
        return self.source.table[self.source_ids]

    @property
    def y(self) -> Tensor:
        """Target embeddings of the training words, shape = (n, d_tgt)."""
        ids = torch.tensor([row.target[0] for row in self.training], device=self.target.table.device)
        return self.target.table[ids]
