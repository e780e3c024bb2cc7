"""The pair of models whose words the lesson fits, and the words that its fit knows, by bucket."""

from __future__ import annotations

from dataclasses import dataclass

from fuse_core.adapter.bucket_rows import BucketRow, sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, VocabularySide
from fuse_core.common.progress import Progress
from fuse_core.library import Library

SOURCE, TARGET = "smollm2", "minilm"
OPTIONS = FitOptions()


@dataclass(frozen=True)
class PairWords:
    """Both models' tables, and every word of the fit under both tokenizers.

    Attributes
    ----------
    source, target : VocabularySide
    rows : dict
        Bucket ``(i, j)`` -> its words, training and held-out.
    """

    source: VocabularySide
    target: VocabularySide
    rows: dict[tuple[int, int], list[BucketRow]]


def pair_words(library: Library, progress: Progress | None = None) -> PairWords:
    """The words of the pair, sorted once a process: seconds, most of them spent on loading and on tokenisation.

    Raises
    ------
    UserError
        When a model cannot be had.
    """
    key = ("lesson words", SOURCE, TARGET)
    report_progress = library.relayed_progress(key, progress)

    def make() -> PairWords:
        report_progress(0.0, f"Loading {SOURCE} and {TARGET}")
        source, target = library.vocabulary_side(SOURCE), library.vocabulary_side(TARGET)
        report_progress(0.4, "Sorting the words of the fit into buckets")
        corpus = library.fit_corpus(SOURCE, OPTIONS)
        known = word_rows(source.tokenizer, target.tokenizer, corpus)
        return PairWords(source, target, sorted_rows(known, OPTIONS.bucketing, OPTIONS.max_tokens, OPTIONS.examples))

    return library.once(key, make, progress)
