"""Corpora counted under a pair of tokenizers: English is shared, an uploaded text stays its visitor's."""

from __future__ import annotations

from dataclasses import dataclass

from fuse_core.library import Library
from fuse_core.words.buckets import BucketTable, bucket_words, token_lengths
from fuse_core.words.corpus import Corpus, english

FEWEST, USUAL, MOST = 1_000, 50_000, 200_000  # words of English


@dataclass(frozen=True, eq=False)
class Counted:
    """A bucket table and what it was made from. Kept for each visit and never changed.

    Attributes
    ----------
    pair : (str, str)
        Catalog keys of source and target.
    own : Corpus or None
        The visitor's text; None for English by frequency.
    table : BucketTable
    """

    pair: tuple[str, str]
    own: Corpus | None
    table: BucketTable


def count(
    library: Library, pair: tuple[str, str], own: Corpus | None, words: int, limit: int, before: Counted | None
) -> Counted:
    """The table of a corpus; ``before``, what was last counted for this visit, saves counting a text again."""
    if own is None:
        return Counted(pair, None, _english_table(library, pair, words, limit))
    if before is not None and before.own is own and before.pair == pair:
        return Counted(pair, own, before.table.with_max_tokens(limit))
    source, target = (library.tokenizer(key) for key in pair)
    return Counted(pair, own, bucket_words(source, target, own, limit))


def _english_table(library: Library, pair: tuple[str, str], words: int, limit: int) -> BucketTable:
    # Lengths are kept for two sizes and cut to what is asked, so that no slider can fill the memory.
    size = USUAL if words <= USUAL else MOST
    corpus = english(size)
    lengths = [
        library.once(("token lengths", key, size), lambda key=key: token_lengths(library.tokenizer(key), corpus.words))[
            :words
        ]
        for key in pair
    ]
    return BucketTable(corpus.top(words), *lengths, max_tokens=limit)
