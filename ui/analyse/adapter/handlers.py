"""What the Adapter view's controls do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import gradio as gr

from fuse_core.adapter.fit import Cancelled
from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.fitted_pair import BUCKETINGS, FittedPair, is_fitted
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from ui.analyse.adapter import figures as adapter_figures
from ui.analyse.adapter import tables as adapter_tables
from ui.kit.background import in_background
from ui.kit.fragments import status
from ui.kit.guard import guarded, only_status
from ui.kit.jobs import Jobs

log = logging.getLogger(__name__)

OVERVIEW = 8  # outputs of `look` and `fit`: status, pair on show, results, sentence, errors (2), sizes (2)
BUCKET = 8  # outputs of `bucket`: status, facts, two figures, two tables, two word tables
RETRIEVAL = 3  # outputs of `retrieval`: status, column, table
LONGEST = 8  # L up to which storage is shown
WORDS = 12  # best- and worst-mapped words shown
EVERY = "all buckets"
T = TypeVar("T")
Shown = tuple[str, str] | None  # the pair whose adapters are on show


class AdapterHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(OVERVIEW)
    def look(self, source: str, target: str, shown: Shown) -> Iterator[tuple]:
        """Show a pair whose adapters are at hand; for any other say what Fit would do. Never starts a fit."""
        if shown == (source, target):
            yield _nothing(OVERVIEW)
            return
        yield self._empty(f"Looking for the adapters of {source} → {target} …")
        try:
            session_for = is_fitted(self.library, source, target)
        except UserError as error:
            yield self._empty(str(error))
            return
        if session_for:
            yield self._overview(FittedPair(self.library, source, target))
        else:
            yield self._empty(
                f"No adapters of {source} → {target} yet. Press Fit: both maps take about a minute on two cores, once; "
                "they are then kept on this computer. The rest of the page works meanwhile."
            )

    @guarded(OVERVIEW)
    def fit(self, request: gr.Request, source: str, target: str) -> Iterator[tuple]:
        """Fit both adapters of a pair, or take them from the cache; a cancelled fit leaves what is shown."""
        name = f"{source} → {target}"
        yield only_status(status(f"{name}: loading the models …", share=0.0), OVERVIEW)
        try:
            with self.jobs.started(request) as stop:
                for news in in_background(lambda say: FittedPair(self.library, source, target, say, stop.is_set), stop):
                    if isinstance(news, tuple):
                        yield only_status(status(f"{name}, {news[1]} …", share=news[0]), OVERVIEW)
                    else:
                        yield self._overview(news)
        except Cancelled:
            log.info("The fit of %s was cancelled; %d jobs are running.", name, self.jobs.count)
            yield only_status(status("Cancelled. What was shown before is still here."), OVERVIEW)

    def choices(self, shown: Shown, bucketing: Bucketing, chosen: str | None) -> Any:
        """The buckets of one map."""
        if shown is None:
            return gr.skip()
        maps = FittedPair(self.library, *shown).adapters[bucketing].maps
        known = [(adapter_tables.bucket_name(bucket), _key(bucket)) for bucket in sorted(maps)]
        values = [value for _, value in known]
        return gr.Dropdown(known, value=chosen if chosen in values else values[0])

    @guarded(BUCKET)
    def bucket(
        self, request: gr.Request, shown: Shown, bucketing: Bucketing, chosen: str | None, scope: str
    ) -> Iterator[tuple]:
        """Ridge path, spectrum, pseudoinverse check and words of one bucket, computed when first asked for."""
        if shown is None or chosen is None:
            yield _nothing(BUCKET)
            return
        pair, bucket = FittedPair(self.library, *shown), _bucket(chosen)
        report = next(r for r in pair.adapters[bucketing].reports if (r.i, r.j) == bucket)
        name = f"{bucketing} {adapter_tables.bucket_name(bucket)}"
        for news in self._cancellable(request, lambda say: pair.bucket(bucketing, bucket, say)):
            if news is None:
                yield only_status(status(f"{name}: cancelled. The bucket shown is the one before."), BUCKET)
            elif isinstance(news, tuple):
                yield only_status(status(f"{name}: {news[1].lower()} …", share=news[0]), BUCKET)
            else:
                yield (
                    "",
                    adapter_tables.bucket_facts(bucketing, news, report),
                    adapter_figures.ridge_path(news, report.ridge),
                    adapter_figures.spectrum(news),
                    adapter_tables.frequencies(news),
                    adapter_tables.penrose(news),
                    *self.words(shown, bucketing, chosen, scope),
                )

    def words(self, shown: Shown, bucketing: Bucketing, chosen: str | None, scope: str) -> tuple:
        """The best- and worst-mapped held-out words of a bucket, or of all."""
        if shown is None or chosen is None:
            return gr.skip(), gr.skip()
        pair = FittedPair(self.library, *shown)
        found = pair.extreme_words(bucketing, None if scope == EVERY else _bucket(chosen), WORDS)
        tokenizers = [self.library.tokenizer(key) for key in shown]
        return tuple(adapter_tables.words(words, *tokenizers) for words in found)

    @guarded(RETRIEVAL)
    def retrieval(self, request: gr.Request, shown: Shown) -> Iterator[tuple]:
        """Retrieval accuracy of both maps on held-out words."""
        if shown is None:
            yield _nothing(RETRIEVAL)
            return

        def work(say: Progress) -> dict:
            pair, found = FittedPair(self.library, *shown), {}
            for done, name in enumerate(BUCKETINGS):
                found[name] = pair.retrieval(name, part_of(say, done / 2, (done + 1) / 2, f"{name} map: "))
            return found

        for news in self._cancellable(request, work):
            if news is None:
                yield only_status(status("Cancelled."), RETRIEVAL)
            elif isinstance(news, tuple):
                yield only_status(status(f"{news[1]} …", share=news[0]), RETRIEVAL)
            else:
                line = status(adapter_tables.retrieval_summary(news))
                yield line, gr.Column(visible=True), adapter_tables.retrieval(news)

    def _cancellable(
        self, request: gr.Request, work: Callable[[Progress], T]
    ) -> Iterator[tuple[float, str] | T | None]:
        """Progress and result of a long analysis; None at the end where the visitor cancelled it."""
        with self.jobs.started(request) as stop:
            try:
                yield from in_background(work, stop)
            except Cancelled:
                yield None

    def map_word(self, shown: Shown, bucketing: Bucketing, word: str) -> tuple:
        """Where one word lands among the target's tokens."""
        if shown is None:
            return gr.skip(), gr.skip()
        pair = FittedPair(self.library, *shown)
        source, target = (self.library.tokenizer(key) for key in shown)
        try:
            mapped = pair.map_word(bucketing, word)
        except UserError as error:  # typing passes through many: a line, no notice
            return status(str(error)), gr.Dataframe(visible=False)
        row = pair.row_of(bucketing, mapped)
        standing = "not seen in the fit" if row is None else "a held-out word" if row.heldout else "a training word"
        facts = adapter_tables.word_facts(mapped, source, target, standing)
        return facts, gr.Dataframe(adapter_tables.neighbours(mapped, target), visible=True)

    def _empty(self, message: str) -> tuple:
        return (status(message), None, gr.Column(visible=False), *[gr.skip()] * (OVERVIEW - 3))

    def _overview(self, pair: FittedPair) -> tuple:
        adapters, sizes = pair.adapters, pair.sizes(LONGEST)
        return (
            status(f"{pair.source} → {pair.target}: both maps are fitted."),
            (pair.source, pair.target),
            gr.Column(visible=True),
            adapter_tables.summary(adapters),
            adapter_figures.errors(adapters),
            adapter_tables.errors(adapters),
            adapter_figures.storage(sizes, adapters["pair"].info.max_tokens),
            adapter_tables.storage(sizes),
        )


def _nothing(outputs: int) -> tuple:
    """Nothing changed; a generator that yields nothing would empty its outputs."""
    return tuple([gr.skip()] * outputs)


def _key(bucket: tuple[int, int]) -> str:
    return f"{bucket[0]},{bucket[1]}"


def _bucket(key: str) -> tuple[int, int]:
    i, j = map(int, key.split(","))
    return i, j
