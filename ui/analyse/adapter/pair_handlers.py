"""What shows a pair in the Adapter view: opening it, choosing another pair, and Fit."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.analysis.fitted_pair import FittedPair, is_fitted
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from ui.analyse.adapter import figures, tables
from ui.analyse.adapter.components import PairComponents
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.messages import told
from ui.kit.progress_line import progress_line

FIT, LOOK = "adapter fit", "adapter look-up"
LONGEST = 8  # L up to which storage is shown

Shown = tuple[str, str] | None  # the pair whose adapters are on show


class PairHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, components: PairComponents, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def look(self, request: gr.Request, source: str, target: str, shown: Shown) -> Iterator[Update]:
        """Show a pair whose adapters are at hand; for any other say what Fit would do. Never starts a fit."""
        if shown == (source, target):
            return
        yield self._empty(f"Looking for the adapters of {source} → {target} …")

        def work(report_progress: Progress) -> FittedPair | None:
            fitted = is_fitted(self.library, source, target)
            return self._compared(source, target, report_progress) if fitted else None

        try:
            pair = yield from progress_line(self.status, self.runner.run(request, LOOK, work))
        except UserError as error:  # no mistake of a visitor who only looks: a line, no notice
            yield self._empty(told(error))
            return
        yield (
            self._overview(pair)
            if pair
            else self._empty(
                f"No adapters of {source} → {target} yet. Press Fit: both maps take about a minute on two cores, once; "
                "they are then kept on this computer. The rest of the page works meanwhile."
            )
        )

    @guarded
    def fit(self, request: gr.Request, source: str, target: str) -> Iterator[Update]:
        """Fit both adapters of a pair, or take them from the cache; a cancelled fit leaves what is shown."""
        name = f"{source} → {target}"

        def work(report_progress: Progress) -> FittedPair:
            report_progress(0.0, "Loading the models")
            return self._compared(source, target, report_progress)

        pair = yield from progress_line(self.status, self.runner.run(request, FIT, work), name)
        yield self._overview(pair)

    def _compared(self, source: str, target: str, report_progress: Progress) -> FittedPair:
        """Both adapters, with their errors on common words at hand."""
        pair = FittedPair(self.library, source, target, report_progress)
        report_progress(1.0, "Comparing both maps on the words that both held out")
        pair.common_errors()
        return pair

    def _empty(self, message: str) -> Update:
        parts = self.components
        return {parts.status: status(message), parts.shown: None, parts.results: gr.Column(visible=False)}

    def _overview(self, pair: FittedPair) -> Update:
        parts, adapters, sizes = self.components, pair.adapters, pair.sizes(LONGEST)
        return {
            parts.status: status(f"{pair.source} → {pair.target}: both maps are fitted."),
            parts.shown: (pair.source, pair.target),
            parts.results: gr.Column(visible=True),
            parts.summary: tables.summary(adapters, pair.common_errors()),
            parts.errors: figures.errors(adapters),
            parts.table: tables.errors(adapters),
            parts.size: figures.storage(sizes, adapters["pair"].info.max_tokens),
            parts.sizes: tables.storage(sizes),
        }
