"""The Optimise tab's buttons that start, step, pause and undo a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.search.config import CaptionConfig
from fuse_core.search.early_stop import stop_reason
from fuse_core.search.goal import Goal
from fuse_core.search.records import Step
from fuse_core.search.session import Session
from ui.kit.examples import EXAMPLES
from ui.kit.guard import Update, guarded
from ui.kit.messages import notice, told
from ui.optimise import session_loading, settings
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.throttle import Throttle
from ui.optimise.turn import RUN, in_turn
from ui.optimise.visit_state import VisitState

# Seconds between two redraws of a run's figures. A browser that cannot keep up would show steps long past.
DRAW = 3.0
PAUSED = "Paused before it began. Press Step or Run to go on."


class RunHandlers(OptimiseHandlers):
    """A picture, and a run of it."""

    @guarded
    def choose_picture(self, path: str | None, visit: VisitState) -> Update:
        """A new picture ends the runs of the visit; a file that cannot be opened leaves everything as it was."""
        if path is None:
            return self.view.everything(visit)
        try:
            visit.turn.check_idle()
            picture = open_picture(path)
        except UserError as error:
            return self._refused(visit, error)
        visit.begin("the new picture", (picture,), Path(path).name)
        return self.view.everything(visit)

    @guarded
    def remove_picture(self, visit: VisitState) -> Update:
        """The picture goes, and what was found for it stays on show."""
        try:
            visit.turn.check_idle()
        except UserError as error:
            return self._refused(visit, error)
        visit.begin("removing", (), "", runs=dict(visit.runs), active=visit.active, shown_index=visit.shown_index)
        return self.view.everything(visit, "The picture is removed. Choose another, or bring this one back by Undo.")

    def _refused(self, visit: VisitState, error: UserError) -> Update:
        """Not left to the guard: the picture field shows something else and has to get the old picture back."""
        notice(told(error))
        return self.view.everything(visit, told(error), "error")

    @guarded
    def choose_more(self, paths: list[str] | None, visit: VisitState) -> Update:
        """Further pictures beside the first end the runs of the visit; an empty field, or a damaged file, none."""
        if not paths:
            return {}
        visit.turn.check_idle()
        first = visit.current_pictures[:1]
        goal = Goal((*first, *(open_picture(path) for path in paths)))
        visit.begin("the new pictures", goal.pictures, visit.picture_name)
        return self.view.everything(visit)

    def choose_example(self, event: gr.SelectData, visit: VisitState) -> Update:
        return self.choose_picture(str(EXAMPLES[event.index]), visit)

    @in_turn("Step")
    def step(
        self, request: gr.Request, visit: VisitState, base: CaptionConfig, pressed: float | None, *values
    ) -> Iterator[Update]:
        """One step, with a session started first where there is none."""
        if visit.turn.paused_after(pressed):
            yield self.view.progress(PAUSED)
            return
        session = yield from self.sessions.load_with_settings(request, visit, settings.read(base, *values))
        visit.shown_index = None
        share = session.position / session.config.steps
        name = _next(session)
        yield self.view.under_way(visit, f"{name}: proposing and scoring candidates …", share)
        yield from self.sessions.take(request, session.step, name)
        yield self.view.everything(visit)

    @in_turn(RUN)
    def run(
        self, request: gr.Request, visit: VisitState, base: CaptionConfig, pressed: float | None, *values
    ) -> Iterator[Update]:
        """All remaining steps, shown as they come; Pause ends it after the step in progress."""
        if visit.turn.paused_after(pressed):
            yield self.view.progress(PAUSED)
            return
        session = yield from self.sessions.load_with_settings(request, visit, settings.read(base, *values))
        if session.position >= session.config.steps:
            raise UserError(f"All {session.config.steps} steps are taken.", "Raise Steps, go Back, or Reset.")
        if why := stop_reason(session.steps, session.config):
            raise UserError(f"The run has stopped, for {why}.", "Press Step to go on all the same.")
        yield from self.shown_as_taken(request, visit, session, session.run(), session.config.steps)
        yield self.view.everything(visit)

    def shown_as_taken(
        self, request: gr.Request, visit: VisitState, session: Session, steps: Iterator[Step], most: int
    ) -> Iterator[Update]:
        """Each step of a run as it comes, until it is over or Pause was pressed; ``most`` is the last one's number."""
        visit.shown_index, visit.running = None, True
        drawn = Throttle(DRAW)
        try:
            yield self.view.under_way(visit, "Running …", session.position / most)
            while step := (yield from self.sessions.take(request, lambda: next(steps, None), _next(session))):
                if step.index >= most or visit.turn.pausing:
                    break
                shown = self.view.run_on_show(visit) if drawn.due() else self.view.text_on_show(visit)
                line = self.view.progress(f"Running: step {step.index} of {most} done.", step.index / most)
                yield shown | self.view.kept(visit) | line
        finally:
            visit.running = False

    @guarded
    def pause(self, request: gr.Request, visit: VisitState, pressed: float | None) -> Update:
        """End a run after the step in progress; the loading of models, and a wait in line, at once."""
        self.runner.cancel(session_loading.JOB)(request)
        self.runner.cancel_waiting(session_loading.STEP)(request)
        visit.turn.pause(pressed)
        if not visit.turn.busy:
            return {} if visit.run is None else self.view.progress("Nothing runs. Press Step or Run to go on.")
        return self.view.progress("Pausing after this step …")

    @in_turn("Back")
    def back(self, request: gr.Request, visit: VisitState) -> Iterator[Update]:
        """Undo the last step."""
        if visit.run is None:
            raise UserError("There is no step of yours to undo yet.", "Press Step to take the first one.")
        session = yield from self.sessions.load(request, visit.run)
        session.back()
        visit.shown_index = None
        yield self.view.everything(visit)

    @in_turn("Reset")
    def reset(self, visit: VisitState) -> Update:
        """Back to the start with the picture and the other run kept; the next step reads the settings afresh."""
        others = {name: run for name, run in visit.runs.items() if name != visit.active}
        pictures, name = visit.current_pictures, visit.picture_name
        visit.begin("Reset", pictures, name, runs=others, active=visit.active)
        return self.view.everything(visit)

    @in_turn("Undo")
    def undo(self, visit: VisitState) -> Update:
        """Bring back what was there before the last Reset, new picture, removed picture or loaded run."""
        if not visit.undone:
            raise UserError("There is nothing to undo.", "Back takes a step back.")
        what = visit.undo()
        filled = self.components.panel.filled(visit.run.config) if visit.run else {}
        return self.view.everything(visit, f"Undone: {what}. All is as it was before.") | filled


def _next(session: Session) -> str:
    return f"Step {session.position + 1}"
