"""Both adapters of a pair of models, and what one may ask of them; every answer is computed once a process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow, sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, default_ridge
from fuse_core.adapter.map import Bucketing, bucket_key, has_first_token_block
from fuse_core.analysis.adapter_size import adapter_bytes
from fuse_core.analysis.bucket_analysis import BucketAnalysis, analyse_bucket
from fuse_core.analysis.common_words import Buckets, CommonErrors, common_errors
from fuse_core.analysis.distinct_models import check_distinct
from fuse_core.analysis.mapped_word import MappedWord, map_word
from fuse_core.analysis.retrieval import RetrievalReport, TokenSearch, retrieval_accuracy
from fuse_core.analysis.word_errors import WordError, extremes, word_errors
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library

BUCKETINGS: tuple[Bucketing, ...] = ("pair", "target")
PAIR_SHARE = 0.8  # of the time both fits take together

T = TypeVar("T")
Extremes = tuple[list[WordError], list[WordError]]


def pair_options(bucketing: Bucketing) -> FitOptions:
    """The options both adapters are fitted with: all defaults but the bucketing and its usual ridge."""
    return FitOptions(bucketing=bucketing, ridge=default_ridge(bucketing))


def is_fitted(library: Library, source: str, target: str) -> bool:
    """Whether both adapters can be had without a fit.

    Raises
    ------
    UserError
        For a tokenizer without a model, and for a model and itself.
    """
    check_distinct(source, target)
    return all(library.has_adapter(source, target, pair_options(b)) for b in BUCKETINGS)


class FittedPair:
    """The ``pair`` and the ``target`` adapter of two models (FUSE, arXiv 2408.04816), side by side.

    Parameters
    ----------
    source, target : str
        Catalog keys.
    progress : callable, optional
        Called with the share done and what is being done, as in ``fit_adapter``; what it raises ends the fit.

    Raises
    ------
    UserError
        For a model and itself, and for a tokenizer without a model.

    Attributes
    ----------
    adapters : dict
        Bucketing -> Adapter.
    """

    def __init__(self, library: Library, source: str, target: str, progress: Progress | None = None) -> None:
        check_distinct(source, target)
        report_progress = progress or (lambda share, what: None)
        spans = {"pair": (0.0, PAIR_SHARE), "target": (PAIR_SHARE, 1.0)}
        self.library, self.source, self.target = library, source, target
        self.adapters: dict[Bucketing, Adapter] = {}
        for b in BUCKETINGS:
            part = part_of(report_progress, *spans[b], f"{b} map: ")
            self.adapters[b] = library.adapter(source, target, pair_options(b), part)
        self._source, self._target = (library.vocabulary_side(key) for key in (source, target))

    def rows(self, bucketing: Bucketing) -> dict[tuple[int, int], list[BucketRow]]:
        """The words of the fit by bucket. Cost: one batch tokenisation per tokenizer, once."""
        options = pair_options(bucketing)
        corpus = self.library.fit_corpus(self.source, options)
        sides = self._source.tokenizer, self._target.tokenizer
        known = self._once(("words",), lambda: word_rows(*sides, corpus))
        return self._once(
            ("rows", bucketing), lambda: sorted_rows(known, bucketing, options.max_tokens, options.examples)
        )

    def common_errors(self) -> CommonErrors:
        """Both adapters' errors on the words held out of both fits: a tokenisation of the corpus, once."""

        def find() -> CommonErrors:
            rows: dict[Bucketing, Buckets] = {bucketing: self.rows(bucketing) for bucketing in BUCKETINGS}
            return common_errors(self._source.table, self._target.table, self.adapters, rows)

        return self._once(("common errors",), find)

    def bucket(self, bucketing: Bucketing, bucket: tuple[int, int], progress: Progress | None = None) -> BucketAnalysis:
        """Ridge path, spectrum and pseudoinverse check of one bucket: seconds."""
        separate = has_first_token_block(bucketing, pair_options(bucketing).separate_first, bucket[0])
        return self._once(
            ("bucket", bucketing, bucket),
            lambda: analyse_bucket(
                self._source.table, self._target.table, self.rows(bucketing)[bucket], bucket, separate, progress
            ),
        )

    def retrieval(self, bucketing: Bucketing, progress: Progress | None = None) -> list[RetrievalReport]:
        """Retrieval accuracy on held-out words by bucket: seconds."""
        maps = self.adapters[bucketing].maps
        return self._once(
            ("retrieval", bucketing),
            lambda: retrieval_accuracy(self._source.table, self._search(), maps, self.rows(bucketing), progress),
        )

    def extreme_words(self, bucketing: Bucketing, bucket: tuple[int, int] | None, count: int) -> Extremes:
        """The best- and the worst-mapped held-out words of a bucket, or of all with None."""

        def find() -> Extremes:
            maps, rows = self.adapters[bucketing].maps, self.rows(bucketing)
            chosen = sorted(maps) if bucket is None else [bucket]
            tables = self._source.table, self._target.table
            return extremes([w for key in chosen for w in word_errors(*tables, maps[key], key, rows[key])], count)

        return self._once(("extremes", bucketing, bucket, count), find)

    def map_word(self, bucketing: Bucketing, word: str) -> MappedWord:
        """One word through an adapter; see ``fuse_core.analysis.mapped_word.map_word``."""
        return map_word(word, self.adapters[bucketing], self._source, self._target, self._search())

    def sizes(self, longest: int) -> dict[Bucketing, list[int]]:
        """Bytes of either adapter were words of up to 1, 2, ... ``longest`` tokens served, in closed form."""
        some = self.adapters["target"]
        d_src, d_tgt = some.d_src, next(iter(some.maps.values())).shape[1]
        lengths = range(1, longest + 1)
        return {
            b: [adapter_bytes(b, d_src, d_tgt, l, adapter.info.separate_first) for l in lengths]
            for b, adapter in self.adapters.items()
        }

    def row_of(self, bucketing: Bucketing, word: MappedWord) -> BucketRow | None:
        """The word's row in the fit, which says whether it was held out; None for a word the fit did not see."""
        key = bucket_key(bucketing, len(word.source), len(word.target))
        return next((row for row in self.rows(bucketing).get(key, ()) if row.word == word.text), None)

    def _search(self) -> TokenSearch:
        return self.library.once(("token search", self.target), lambda: TokenSearch(self._target.table))

    def _once(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        return self.library.once(("fitted pair", self.source, self.target, *key), make)
