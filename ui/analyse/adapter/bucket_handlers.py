"""What shows a bucket of a map in the Adapter view: another map, another bucket, other words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import gradio as gr

from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.bucket_analysis import BucketAnalysis
from fuse_core.analysis.fitted_pair import Extremes, FittedPair
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from ui.analyse.adapter import figures, tables
from ui.analyse.adapter.components import BucketComponents
from ui.analyse.adapter.pair_handlers import Shown
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line

JOB = "adapter bucket"
WORDS = 12  # best- and worst-mapped words shown
EVERY = "all buckets"


class BucketHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, components: BucketComponents, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def choose_map(
        self, request: gr.Request, shown: Shown, bucketing: Bucketing, chosen: str | None, scope: str
    ) -> Iterator[Update]:
        """The buckets of a map, and the one chosen, or the most telling, in full."""
        if shown is None:
            return

        def work(report_progress: Progress) -> FittedPair:
            pair = FittedPair(self.library, *shown, report_progress)
            report_progress(0.0, "Sorting the words of the fit into buckets")
            pair.rows(bucketing)
            return pair

        pair = yield from progress_line(self.status, self.runner.run(request, JOB, work), f"{bucketing} map")
        buckets = sorted(pair.adapters[bucketing].maps)
        known = [(tables.bucket_name(bucket), _key(bucket)) for bucket in buckets]
        if chosen not in [value for _, value in known]:
            chosen = _key(most_telling({(r.i, r.j): r.words for r in pair.adapters[bucketing].reports}))
        yield {self.components.chosen: gr.Dropdown(known, value=chosen)}
        yield from self._analysed(request, pair, bucketing, _bucket(chosen), scope)

    @guarded
    def choose_bucket(
        self, request: gr.Request, shown: Shown, bucketing: Bucketing, chosen: str | None, scope: str
    ) -> Iterator[Update]:
        """Ridge path, spectrum, pseudoinverse check and words of one bucket, computed when first asked for."""
        if shown is not None and chosen is not None:
            pair = FittedPair(self.library, *shown)
            yield from self._analysed(request, pair, bucketing, _bucket(chosen), scope)

    @guarded
    def choose_scope(
        self, request: gr.Request, shown: Shown, bucketing: Bucketing, chosen: str | None, scope: str
    ) -> Iterator[Update]:
        """The best- and worst-mapped held-out words of a bucket, or of all."""
        if shown is None or chosen is None:
            return
        pair = FittedPair(self.library, *shown)

        def work(report_progress: Progress) -> Extremes:
            report_progress(0.0, "Looking for the best- and the worst-mapped words")
            return pair.extreme_words(bucketing, _within(scope, _bucket(chosen)), WORDS)

        found = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield {self.status: "", **self._words(pair, found)}

    def _analysed(
        self, request: gr.Request, pair: FittedPair, bucketing: Bucketing, bucket: tuple[int, int], scope: str
    ) -> Iterator[Update]:
        def work(report_progress: Progress) -> tuple[BucketAnalysis, Extremes]:
            found = pair.bucket(bucketing, bucket, part_of(report_progress, 0.0, 0.9))
            report_progress(0.9, "Looking for the best- and the worst-mapped words")
            return found, pair.extreme_words(bucketing, _within(scope, bucket), WORDS)

        name = f"{bucketing} {tables.bucket_name(bucket)}"
        found, words = yield from progress_line(self.status, self.runner.run(request, JOB, work), name)
        report = next(r for r in pair.adapters[bucketing].reports if (r.i, r.j) == bucket)
        parts = self.components
        yield {
            parts.status: "",
            parts.facts: tables.bucket_facts(bucketing, found, report),
            parts.ridge: figures.ridge_path(found, report.ridge),
            parts.spectrum: figures.spectrum(found),
            parts.conditions: tables.frequencies(found),
            parts.penrose: tables.penrose(found),
            **self._words(pair, words),
        }

    def _words(self, pair: FittedPair, found: Extremes) -> Update:
        tokenizers = [self.library.tokenizer(key) for key in (pair.source, pair.target)]
        best, worst = (tables.words(words, *tokenizers) for words in found)
        return {self.components.best: best, self.components.worst: worst}


def most_telling(words: Mapping[tuple[int, int], int]) -> tuple[int, int]:
    """The bucket to open a map with, from the number of words in each.

    (2, 3) where there is one, else the largest of those whose two lengths differ and where a slot has neighbours, else
    the largest with two slots: where a word is one token on both sides the t-product is the plain product.
    """
    if (2, 3) in words:
        return 2, 3
    return max(words, key=lambda bucket: (max(bucket) > 1, bucket[0] != bucket[1], words[bucket]))


def _within(scope: str, bucket: tuple[int, int]) -> tuple[int, int] | None:
    return None if scope == EVERY else bucket


def _key(bucket: tuple[int, int]) -> str:
    """A bucket as a choice's value."""
    return f"{bucket[0]},{bucket[1]}"


def _bucket(key: str) -> tuple[int, int]:
    i, j = key.split(",")
    return int(i), int(j)
