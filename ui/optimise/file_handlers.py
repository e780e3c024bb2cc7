"""Runs and their candidates out of the page and back into it: files, and what the browser keeps over a reload."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
from ui.optimise.visit_state import RECORDED, VisitState


def offering(handler: Callable[..., Update]) -> Callable[..., Update]:
    """``guarded`` for a handler that offers a file: where it is refused, there is none, and not that of before."""
    work = guarded(handler)

    @functools.wraps(handler)
    def offered(self: FileHandlers, *args: Any) -> Update:
        return {self.components.controls.file: None} | work(self, *args)

    return offered


class FileHandlers(OptimiseHandlers):
    """Save, load, export, restore."""

    @offering
    def save(self, request: gr.Request, visit: VisitState) -> Update:
        """Write the run to a file of its own for the download button."""
        if visit.run is None:
            raise UserError("There is no run of yours to save yet.", "Press Step first.")
        return self._offered(request, visit, "run", "json", visit.run.to_json())

    @offering
    def export(self, request: gr.Request, visit: VisitState) -> Update:
        """Write every candidate of the run on show to a CSV file."""
        if visit.config is None or len(visit.steps) < 2:
            raise UserError("There is no step to export yet.", "Press Step first.")
        trace = candidates_csv(visit.steps, visit.config, about(visit).lines("trace"), visit.configs)
        return self._offered(request, visit, "trace", "csv", trace)

    @offering
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
        with visit.turn.alone("Load"):
            content = read_text(Path(path))
            yield self.view.progress("Loading the saved run and its models …", 0.1)
            run = Run.parse(content)
            yield from self.sessions.load(request, run)
        visit.begin("Load", run.pictures, run.picture_name, runs={"A": run})
        yield self._taken_over(visit, "Loaded")

    @guarded
    def load_second(self, path: str | None, visit: VisitState) -> Update:
        """A saved run beside the one on show, to be compared with it; its models are loaded once it is to go on."""
        if path is None:
            return {}
        visit.turn.check_idle()
        second, name = Run.parse(read_text(Path(path))), visit.other
        first = Run.parse(RECORDED.read_text("utf-8")) if visit.shows_recording else visit.run
        if first is None:
            raise UserError("There is no run yet to compare it with.", "Press Step, or Load run, first.")
        runs = {visit.active: first, name: second}
        visit.begin("Load", visit.current_pictures, visit.picture_name, runs=runs, active=visit.active)
        return self.view.everything(visit, f"Loaded as run {name}, {second.position} steps: both are compared below.")

    @guarded
    def restore(self, kept: str | None, earlier: str | None, visit: VisitState) -> Update:
        """What the browser kept of the tab's visit, without its models; nothing where there is none.

        Parameters
        ----------
        kept, earlier : str or None
            Kept for this tab, and by an earlier version for the browser.
        """
        if visit.runs or not (kept or earlier not in (None, browser_storage.NOTHING)):
            return {}
        try:
            found, ran = browser_storage.restored(kept) if kept else (browser_storage.unpack(str(earlier)), False)
        except UserError as error:
            notice(told(error))
            return {self.status: status(told(error), "error")} | self._read
        notes = ["It ran when the page was left: its finished steps are here." if ran else ""]
        notes += ["This tab is a copy of another one, and so is the run." if kept and not found.sent else ""]
        return self._taken_over(found, "Your run, kept by this browser", " ".join(filter(None, notes))) | self._read

    @property
    def _read(self) -> Update:
        """An earlier version's run is given to the first tab alone, whose own it is then."""
        return {self.components.shown.earlier: browser_storage.NOTHING}

    @guarded
    def open_kept(self, kept: str | None, visit: VisitState) -> Update:
        """One of the runs that the browser keeps takes the visit over."""
        visit.turn.check_idle()
        if not kept:
            raise UserError("This run is not in the browser any more.", "Choose another.")
        found, _ = browser_storage.restored(kept)
        visit.begin("Open", found.pictures, found.name, runs=found.runs, active=found.active)
        visit.sent |= found.sent
        return self._taken_over(visit, "Opened", "" if found.sent else "It is open in another tab, so this is a copy.")

    @guarded
    def keep_again(self, visit: VisitState) -> Update:
        """The browser lacks something: it is sent all of the runs."""
        visit.sent = {}
        return self.view.kept(visit)

    def _taken_over(self, visit: VisitState, what: str, note: str = "") -> Update:
        run = visit.run or next(iter(visit.runs.values()))
        stands = f"step {run.position} of {max(run.position, run.config.steps)}."
        message = " ".join(filter(None, [f"{what}: {stands}", note, "Press Step or Run to go on."]))
        return self.view.everything(visit, message) | self.components.panel.filled(run.config)

    def _offered(self, request: gr.Request, visit: VisitState, what: str, ending: str, content: str) -> Update:
        """A file of its own for the download button."""
        path = self.folders.folder(request, "runs") / f"{about(visit).file_name(what)}.{ending}"
        path.write_text(content, "utf-8", newline="")
        return {self.status: status(f"Saved as {path.name}."), self.components.controls.file: str(path)}
