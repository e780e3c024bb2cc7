"""Runs and their candidates out of the page and back into it: files, and what the browser keeps over a reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_text
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.messages import notice, told
from ui.optimise import browser_storage, run_page
from ui.optimise.about import about
from ui.optimise.candidates_csv import candidates_csv
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.run import Run
from ui.optimise.visit_state import VisitState


class FileHandlers(OptimiseHandlers):
    """Save, load, export, restore."""

    @guarded
    def save(self, request: gr.Request, visit: VisitState) -> Update:
        """Write the run to a file of its own for the download button."""
        if visit.run is None:
            raise UserError("There is no run of yours to save yet.", "Press Step first.")
        return self._offered(request, visit, "run", "json", visit.run.to_json())

    @guarded
    def export(self, request: gr.Request, visit: VisitState) -> Update:
        """Write every candidate of the run on show to a CSV file."""
        if visit.config is None or len(visit.steps) < 2:
            raise UserError("There is no step to export yet.", "Press Step first.")
        trace = candidates_csv(visit.steps, visit.config, about(visit).lines("trace"))
        return self._offered(request, visit, "trace", "csv", trace)

    @guarded
    def export_page(self, request: gr.Request, visit: VisitState) -> Update:
        """Write the run on show as one HTML file that needs no server."""
        if visit.config is None or len(visit.steps) < 2:
            raise UserError("There is no step to export yet.", "Press Step first.")
        return self._offered(request, visit, "page", "html", run_page.run_page(visit))

    @guarded
    def load(self, request: gr.Request, path: str | None, visit: VisitState) -> Iterator[Update]:
        """A saved run takes the visit over; its settings fill the panel."""
        if path is None:
            return
        visit.check_idle()
        content = read_text(Path(path))
        yield self.view.progress("Loading the saved run and its models …", 0.1)
        run = Run.parse(content)
        yield from self.sessions.load(request, run)
        yield self._taken_over(VisitState(pictures=run.pictures, name=run.picture_name, runs={"A": run}), "Loaded")

    @guarded
    def restore(self, packed: str | None, visit: VisitState) -> Update:
        """What the browser kept of an earlier visit, without its models; the recorded run where there is nothing."""
        if packed in (None, browser_storage.NOTHING) or visit.runs:
            update = self.view.everything(visit)
            del update[self.components.shown.stored]  # left as it is: another page may have filled it
            return update
        try:
            stored = browser_storage.unpack(packed)
        except UserError as error:
            # Not left to the guard: the page has nothing on show yet.
            notice(told(error))
            return self.view.everything(visit, told(error), "error")
        return self._taken_over(stored, "Your run, kept by this browser")

    def _taken_over(self, visit: VisitState, what: str) -> Update:
        run = visit.run or next(iter(visit.runs.values()))
        message = f"{what}: step {run.position} of {run.config.steps}. Press Step or Run to go on."
        return self.view.everything(visit, message) | self.components.panel.filled(run.config)

    def _offered(self, request: gr.Request, visit: VisitState, what: str, ending: str, content: str) -> Update:
        """A file of its own for the download button."""
        path = self.folders.folder(request, "runs") / f"{about(visit).file_name(what)}.{ending}"
        path.write_text(content, "utf-8", newline="")
        return {self.status: status(f"Saved as {path.name}."), self.components.controls.file: str(path)}
