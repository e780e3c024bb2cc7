"""Runs and traces out of the page and back into it: files, and what the browser keeps over a reload."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_text
from fuse_core.library import Library
from ui.kit.fragments import status
from ui.kit.guard import guarded
from ui.optimise import browser_storage as kept
from ui.optimise import settings
from ui.optimise.candidates_csv import candidates_csv
from ui.optimise.run import Run
from ui.optimise.session_loading import load_session, padded
from ui.optimise.view import SAME, VIEW, only_status, view
from ui.optimise.visit_state import VisitState

LOADED = VIEW + settings.OUTPUTS


class FileHandlers:
    """One instance an app; all state is in the visit's state."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(2)
    def save(self, visit: VisitState) -> tuple:
        """Write the run to a file of its own for the download button."""
        if visit.run is None:
            raise UserError("There is no run of yours to save yet.", "Press Step first.")
        return _offered(visit, ".json", visit.run.to_json())

    @guarded(2)
    def trace(self, visit: VisitState) -> tuple:
        """Write every candidate of the run on show to a CSV file."""
        if visit.config is None or len(visit.steps) < 2:
            raise UserError("There is no step to export yet.", "Press Step first.")
        return _offered(visit, "-trace.csv", candidates_csv(visit.steps, visit.config))

    @guarded(LOADED)
    def load(self, path: str | None, visit: VisitState) -> Iterator[tuple]:
        """A saved run takes the visit over; its settings fill the panel."""
        if path is None:
            return
        visit.check_idle()
        content = read_text(Path(path))
        unchanged = (SAME,) * settings.OUTPUTS
        yield (*only_status("Loading the saved run and its models …", 0.1), *unchanged)
        run = Run.parse(content)
        yield from padded(load_session(run, self.library), unchanged)
        yield _shown(VisitState(picture=run.image, name=run.picture_name, runs={"A": run}), "Loaded")

    @guarded(LOADED)
    def restore(self, packed: str | None, visit: VisitState) -> tuple:
        """What the browser kept of an earlier visit, without its models; the recorded run where there is nothing."""
        if packed in (None, kept.NOTHING) or visit.runs:
            return (*view(visit)._replace(kept=SAME), *(SAME,) * settings.OUTPUTS)
        try:
            found = kept.unpack(packed)
        except UserError as error:
            gr.Warning(str(error))
            return (*view(visit, str(error), "error"), *(SAME,) * settings.OUTPUTS)
        return _shown(found, "Your run, kept by this browser")


def _shown(visit: VisitState, what: str) -> tuple:
    run = visit.run or next(iter(visit.runs.values()))
    said = f"{what}: step {run.position} of {run.config.steps}. Press Step or Run to go on."
    return (*view(visit, said), *settings.values_of(run.config))


def _offered(visit: VisitState, ending: str, content: str) -> tuple:
    """A file of its own for the download button, named after the caption."""
    words = re.sub(r"[^a-z0-9]+", "-", visit.best.text.lower()).strip("-")[:40] or "run"
    path = Path(tempfile.mkdtemp(prefix="fuse-")) / f"fuse-{words}{ending}"
    path.write_text(content, "utf-8", newline="")
    return status(f"Saved as {path.name}."), str(path)
