"""Runs and traces out of the page and back into it: files, and what the browser keeps over a reload."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from ui import kept, settings
from ui.desk import Desk
from ui.kit.fragments import status
from ui.kit.guard import guarded
from ui.optimise_view import SAME, VIEW, only_status, view
from ui.readying import awake, padded
from ui.run import Run
from ui.trace import trace_csv

LOADED = VIEW + settings.OUTPUTS


class FileHandlers:
    """One instance an app; all state is in the visitor's desk."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(2)
    def save(self, desk: Desk) -> tuple:
        """Write the run to a file of its own for the download button."""
        if desk.run is None:
            raise UserError("There is no run of yours to save yet.", "Press Step first.")
        return _offered(desk, ".json", desk.run.to_json())

    @guarded(2)
    def trace(self, desk: Desk) -> tuple:
        """Write every candidate of the run on show to a CSV file."""
        if desk.config is None or len(desk.steps) < 2:
            raise UserError("There is no step to export yet.", "Press Step first.")
        return _offered(desk, "-trace.csv", trace_csv(desk.steps, desk.config))

    @guarded(LOADED)
    def load(self, path: str | None, desk: Desk) -> Iterator[tuple]:
        """A saved run takes the desk; its settings fill the panel."""
        if path is None:
            return
        desk.check_idle()
        try:
            content = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "This is not a session file: it is not UTF-8 text.", "Choose a .json saved here."
            ) from error
        unchanged = (SAME,) * settings.OUTPUTS
        yield (*only_status("Loading the saved run and its models …", 0.1), *unchanged)
        run = Run.parse(content)
        yield from padded(awake(run, self.library), unchanged)
        yield _shown(Desk(picture=run.image, name=run.picture_name, runs={"A": run}), "Loaded")

    @guarded(LOADED)
    def restore(self, packed: str | None, desk: Desk) -> tuple:
        """What the browser kept of an earlier visit, without its models; the recorded run where there is nothing."""
        if packed in (None, kept.NOTHING) or desk.runs:
            return (*view(desk)._replace(kept=SAME), *(SAME,) * settings.OUTPUTS)
        try:
            found = kept.unpack(packed)
        except UserError as error:
            gr.Warning(str(error))
            return (*view(desk, str(error), "error"), *(SAME,) * settings.OUTPUTS)
        return _shown(found, "Your run, kept by this browser")


def _shown(desk: Desk, what: str) -> tuple:
    run = desk.run or next(iter(desk.runs.values()))
    said = f"{what}: step {run.position} of {run.config.steps}. Press Step or Run to go on."
    return (*view(desk, said), *settings.values_of(run.config))


def _offered(desk: Desk, ending: str, content: str) -> tuple:
    """A file of its own for the download button, named after the caption."""
    words = re.sub(r"[^a-z0-9]+", "-", desk.best.text.lower()).strip("-")[:40] or "run"
    path = Path(tempfile.mkdtemp(prefix="fuse-")) / f"fuse-{words}{ending}"
    path.write_text(content, "utf-8", newline="")
    return status(f"Saved as {path.name}."), str(path)
