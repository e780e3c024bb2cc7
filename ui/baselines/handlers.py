"""What the Baselines tab's button does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from fuse_core.analysis.arm_runs import ArmRun, run_arms
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from ui.baselines import results
from ui.kit import budget_settings, fragments
from ui.kit.about import About, of_config
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner

JOB = "baselines"


@dataclass(frozen=True)
class Components:
    """What the handler fills."""

    status: gr.HTML
    figure: gr.Plot
    rows: gr.Dataframe
    about: gr.State


class BaselineHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def compare(self, request: gr.Request, path: str | None, *budget) -> Iterator[Update]:
        """Run every arm, showing each result as it comes."""
        if path is None:
            raise UserError("There is no picture yet.", "Upload one, or choose an example.")
        config, image = budget_settings.read(*budget), open_picture(path)
        told = of_config(config, shown_name(Path(path)))
        found: list[ArmRun] = []

        def work(report_progress: Progress) -> None:
            for result in run_arms(self.library, config, image, progress=report_progress):
                found.append(result)

        shown = 0
        try:
            for report in self.runner.run(request, JOB, work):
                fresh, shown = self._results(found, told) if len(found) > shown else {}, len(found)
                yield {self.status: fragments.status(report.what, share=report.share), **fresh}
        except Cancelled:
            message = "Cancelled. The runs that were finished are shown."
        else:
            message = results.verdict(found)
        yield {self.status: fragments.status(message), **self._results(found, told)}

    def _results(self, found: Sequence[ArmRun], told: About) -> Update:
        parts = self.components
        return {parts.figure: results.curves(found), parts.rows: results.table(found), parts.about: told}
