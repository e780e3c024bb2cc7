"""Corpora counted under a pair of tokenizers: English is shared, an uploaded text stays its visitor's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fuse_core.common.progress import Progress, part_of
from fuse_core.words.buckets import BucketTable, bucket_words, token_lengths
from fuse_core.words.corpus import Corpus, english
from fuse_core.words.tokenizer import WordTokenizer
from ui.analyse.tokenizers.shelf import Shelf

FEWEST, USUAL, MOST = 1_000, 50_000, 200_000  # words of English


@dataclass(frozen=True, eq=False)
class Counted:
    """A bucket table and what it was made from. Kept for each visit and never changed.

    Attributes
    ----------
    pair : (str, str)
        Names of source and target.
    tokenizers : (WordTokenizer, WordTokenizer)
        Theirs.
    own : Corpus or None
        The visitor's text; None for English by frequency.
    table : BucketTable
    """

    pair: tuple[str, str]
    tokenizers: tuple[WordTokenizer, WordTokenizer]
    own: Corpus | None
    table: BucketTable


def count(
    shelf: Shelf,
    pair: tuple[str, str],
    own: Corpus | None,
    words: int,
    limit: int,
    before: Counted | None,
    progress: Progress,
) -> Counted:
    """The table of a corpus; ``before``, what was last counted for this visit, saves counting a text again."""
    if own is None:
        table = _english_table(shelf, pair, words, limit, progress)
        return Counted(pair, (shelf.tokenizer(pair[0]), shelf.tokenizer(pair[1])), None, table)
    progress(0.0, "Loading the tokenizers")
    tokenizers = (shelf.tokenizer(pair[0]), shelf.tokenizer(pair[1]))
    if before is not None and before.own is own and before.tokenizers == tokenizers:
        return Counted(pair, tokenizers, own, before.table.with_max_tokens(limit))
    return Counted(pair, tokenizers, own, bucket_words(*tokenizers, own, limit, progress))


def _english_table(shelf: Shelf, pair: tuple[str, str], words: int, limit: int, progress: Progress) -> BucketTable:
    # Lengths are kept for two sizes and cut to what is asked, so that no slider can fill the memory.
    size = USUAL if words <= USUAL else MOST
    corpus, library = english(size), shelf.library

    def lengths(key: str, part: Progress) -> np.ndarray:
        if shelf.is_own(key):  # which other visits have no part in
            return token_lengths(shelf.tokenizer(key), corpus.words[:words], part)
        known = ("token lengths", key, size)

        def make() -> np.ndarray:
            report = library.relayed_progress(known, part)
            report(0.0, f"Loading the tokenizer of {key}")
            return token_lengths(library.tokenizer(key), corpus.words, report)

        return library.once(known, make, part)[:words]

    halves = [part_of(progress, k / 2, (k + 1) / 2) for k in range(2)]
    return BucketTable(
        corpus.top(words), *(lengths(key, half) for key, half in zip(pair, halves, strict=True)), max_tokens=limit
    )
