"""What compares all kinds of adapters on the pair shown in the Adapter view."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.analysis.adapter_comparison import AdapterComparison, compare_adapters
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from ui.analyse.adapter import kind_figures, kind_tables
from ui.analyse.adapter.components import KindComponents
from ui.analyse.adapter.pair_handlers import Shown
from ui.kit.examples import EXAMPLES
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line

KINDS_JOB = "adapter kinds"


class KindHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, components: KindComponents, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def compare(self, request: gr.Request, shown: Shown) -> Iterator[Update]:
        """Fit and judge every kind; a pair that was compared is shown at once."""
        if shown is None:
            return

        def work(report_progress: Progress) -> AdapterComparison:
            key = ("adapter kinds", *shown)
            report = self.library.relayed_progress(key, report_progress)
            pictures = {path.stem: open_picture(path) for path in EXAMPLES}
            return self.library.once(
                key, lambda: compare_adapters(self.library, *shown, pictures, progress=report), report_progress
            )

        found = yield from progress_line(self.status, self.runner.run(request, KINDS_JOB, work))
        parts = self.components
        yield {
            parts.status: "",
            parts.results: gr.Column(visible=True),
            parts.summary: kind_tables.summary(found),
            parts.errors: kind_figures.errors(found),
            parts.shares: gr.Plot(kind_figures.shares(found) if found.own else None, visible=bool(found.own)),
            parts.table: kind_tables.comparison(found),
        }

    def clear(self) -> Update:
        """What was compared belongs to the pair shown before."""
        return {self.status: "", self.components.results: gr.Column(visible=False)}
