"""The picture that a run's diffusion model makes of the caption, beside those that were asked for."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.search.terms.denoising import denoising_term
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.progress_line import progress_line
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.visit_state import VisitState

JOB = "picture"


class MadePictureHandlers(OptimiseHandlers):
    """The button that makes it, and its Cancel button."""

    @guarded
    def make(self, request: gr.Request, visit: VisitState) -> Iterator[Update]:
        """Make the picture of the caption on show, in a job that can be cancelled."""
        config, caption = visit.config, visit.leading.text if visit.steps else ""
        term = denoising_term(config) if config else None
        if config is None or term is None or not caption.strip():
            raise UserError("There is no caption of yours yet.", "Press Step first.")
        if self.library.device.type == "cpu":
            raise UserError(f"On a processor {term.model} takes many minutes a picture.", "Start the app on a GPU.")
        before, after = config.around_term(term)
        read = f"{before}{caption}{after}"

        def work(report_progress: Progress) -> Image.Image:
            model = self.library.diffusion(term.model)
            what = f"Making the picture of “{read}”"
            report_progress(0.0, what)
            return model.picture(read, seed=config.seed, progress=lambda share: report_progress(share, what))

        controls = self.components.controls
        yield {controls.cancel_picture: gr.Button(visible=True)}
        made = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        shown = [*((picture, "asked for") for picture in visit.current_pictures), (made, f"made of “{read}”")]
        yield {self.status: status("The picture is made."), controls.made: gr.Gallery(shown, visible=True)}
