"""The Optimise tab as a debugger: any step looked at, runs branched and switched, prompts written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from ui.kit.guard import Update, guarded
from ui.optimise import settings
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.run import Run
from ui.optimise.turn import in_turn
from ui.optimise.visit_state import VisitState


class HistoryHandlers(OptimiseHandlers):
    """The steps taken, and other ways to go on from them."""

    @guarded
    def show_rest(self, visit: VisitState) -> Update:
        """Of the recorded run what the page opened without."""
        return self.view.rest(visit) if visit.shows_recording else {}

    @guarded
    def show_step(self, index: float | None, visit: VisitState) -> Update:
        """Show a step; the run, and what the status says of it, stay."""
        if index is None:
            return {}
        visit.show_step(int(index))
        return self.view.run_on_show(visit)

    def show_clicked(self, point: str, visit: VisitState) -> Update:
        """Show the step of a point clicked in a figure: "x,y,..."."""
        try:
            index = int(float(point.split(",")[0]))
        except (ValueError, OverflowError):  # not what the figure's script sends
            index = None
        return self.show_step(index, visit)

    def show_latest(self, visit: VisitState) -> Update:
        return self.show_step(len(visit.steps) - 1, visit)

    @in_turn("Branch")
    def branch(self, request: gr.Request, visit: VisitState) -> Iterator[Update]:
        """A second run from the step on show; the first one stays as it is."""
        if visit.run is None or visit.shown is None:
            raise UserError("There is no run of yours to branch from yet.", "Press Step first.")
        at, first = visit.shown.index, visit.active
        session = yield from self.sessions.load(request, visit.run)
        visit.runs[visit.other] = Run(session.branch(at))
        visit.active, visit.shown_index = visit.other, None
        yield self.view.everything(
            visit,
            f"Run {visit.active} branches from step {at} of run {first}. Change settings or words, then Step or Run.",
        )

    @in_turn("The other run")
    def switch(self, name: str, visit: VisitState) -> Update:
        """Show the other run."""
        visit.active, visit.shown_index = name, None
        if visit.run is not None and visit.run.pictures and visit.pictures:  # one loaded to compare may have others
            visit.pictures, visit.name = visit.run.pictures, visit.run.picture_name
        return self.view.everything(visit)

    @in_turn("Your prompt")
    def use_prompt(
        self, request: gr.Request, text: str, visit: VisitState, base: CaptionConfig, *values
    ) -> Iterator[Update]:
        """Put a prompt written by hand after the latest step; the text box is emptied once it is taken."""
        if not text.strip():
            raise UserError("The prompt is empty.", "Type at least one word.")
        config = settings.read(base, *values)
        session = yield from self.sessions.load_with_settings(request, visit, config)
        yield from self.sessions.take(request, lambda: session.edit(text))
        visit.shown_index = None
        left = session.config.steps - session.position
        more = "Step or Run goes on from it." if left > 0 else "All steps are taken: raise Steps to go on from it."
        message = f"Your prompt is step {session.position} of {visit.total}. {more}"
        yield {**self.view.everything(visit, message), self.components.controls.prompt: ""}
