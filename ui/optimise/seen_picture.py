"""What the image-text model sees in the picture: classes, a warning, nearest words; read when the part is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from fuse_core.analysis.picture_reading import UNSURE_TOLD, PictureReading, read_picture
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.search.objective_config import NO_MODEL
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.optimise.visit_state import VisitState

JOB = "seen picture"


class SeenPicture:
    """Its layout, and the handler that fills it."""

    library: Library
    runner: JobRunner

    def __init__(self) -> None:
        self.opened = gr.State(False)
        with gr.Accordion("What the image model sees", open=False, elem_id="seen") as self.part:
            self.status = gr.HTML(elem_id="seen-picture", padding=False)

    def wire(self, visit: gr.State, picture: Any, target: Any, library: Library, runner: JobRunner) -> None:
        """Read when the part is opened and, while it is, with another picture or model."""
        self.library, self.runner = library, runner
        self.part.expand(lambda: True, None, self.opened, **PRIVATE)
        self.part.collapse(lambda: False, None, self.opened, **PRIVATE)
        gr.on(
            [self.opened.change, picture.change, target.change],
            self.see,
            [visit, self.opened, target],
            self.status,
            trigger_mode="always_last",
            **PRIVATE,
        )

    @guarded
    def see(self, request: gr.Request, visit: VisitState, opened: bool, target: str) -> Iterator[Update]:
        """The reading of the visit's first picture by the model that the settings name."""
        picture = next(iter(visit.current_pictures), None)
        if not opened:
            return
        if picture is None or target == NO_MODEL:
            yield {self.status: status("No picture is read." if picture else "There is no picture yet.")}
            return
        yield {self.status: status("Reading the picture …")}
        job = self.runner.run(request, JOB, lambda progress: read_picture(self.library, target, picture, progress))
        found = yield from progress_line(self.status, job)
        yield {self.status: _shown(found)}


def _shown(found: PictureReading) -> str:
    return render(
        "seen",
        model=entry(found.model).title,
        classes=[(name, f"{share:.0%}") for name, share in found.classes],
        warning=UNSURE_TOLD if found.unsure else "",
        words=[(word, f"{cosine:.2f}") for word, cosine in found.words],
    )
