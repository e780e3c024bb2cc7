"""The Optimise tab's buttons that start, step, pause and undo a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.search.config import CaptionConfig
from fuse_core.search.early_stop import PATIENCE
from fuse_core.search.goal import Goal
from fuse_core.search.session import Session
from ui.kit.examples import EXAMPLES
from ui.kit.guard import Update, guarded
from ui.kit.messages import notice, told
from ui.optimise import session_loading, settings
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.throttle import Throttle
from ui.optimise.visit_state import VisitState

# Seconds between two redraws of a run's figures, and between two copies kept by the browser. One that cannot keep up
# would show steps long past, and hear of Pause too late.
DRAW, STORE = 3.0, 10.0


class RunHandlers(OptimiseHandlers):
    """A picture, and a run of it."""

    @guarded
    def choose_picture(self, path: str | None, visit: VisitState) -> Update:
        """A new picture ends the runs of the visit; a file that cannot be opened leaves everything as it was."""
        if path is None:
            return self.view.everything(visit)
        try:
            visit.check_idle()
            picture = open_picture(path)
        except UserError as error:
            # Not left to the guard: the picture field shows the bad file and has to get the old picture back.
            notice(told(error))
            return self.view.everything(visit, told(error), "error")
        return self.view.everything(VisitState((picture,), name=Path(path).name))

    @guarded
    def choose_more(self, paths: list[str] | None, visit: VisitState) -> Update:
        """Further pictures beside the first end the runs of the visit; an empty field, or a damaged file, none."""
        if not paths:
            return {}
        visit.check_idle()
        first = visit.current_pictures[:1]
        goal = Goal((*first, *(open_picture(path) for path in paths)))
        return self.view.everything(VisitState(goal.pictures, visit.picture_name))

    def choose_example(self, event: gr.SelectData, visit: VisitState) -> Update:
        return self.choose_picture(str(EXAMPLES[event.index]), visit)

    @guarded
    def step(self, request: gr.Request, visit: VisitState, base: CaptionConfig, *values) -> Iterator[Update]:
        """One step, with a session started first where there is none."""
        config = settings.read(base, *values)
        with visit.at_work():
            session = yield from self.sessions.load_with_settings(request, visit, config)
            visit.shown_index = None
            share = session.position / session.config.steps
            name = _next(session)
            yield self.view.under_way(visit, f"{name}: proposing and scoring candidates …", share)
            yield from self.sessions.take(request, session.step, name)
        yield self.view.everything(visit)

    @guarded
    def run(self, request: gr.Request, visit: VisitState, base: CaptionConfig, *values) -> Iterator[Update]:
        """All remaining steps, shown as they come; Pause ends it after the step in progress."""
        config = settings.read(base, *values)
        with visit.at_work():
            session = yield from self.sessions.load_with_settings(request, visit, config)
            if session.position >= session.config.steps:
                raise UserError(f"All {session.config.steps} steps are taken.", "Raise Steps, go Back, or Reset.")
            if session.finished:
                raise UserError(f"None has improved in {PATIENCE} steps.", "Press Step to go on all the same.")
            visit.shown_index = None
            yield self.view.under_way(visit, "Running …", session.position / session.config.steps)
            drawn, stored = Throttle(DRAW), Throttle(STORE)
            steps = session.run()
            while step := (yield from self.sessions.take(request, lambda: next(steps, None), _next(session))):
                if session.finished:
                    break
                message = f"Running: step {step.index} of {session.config.steps} done."
                share = step.index / session.config.steps
                if stored.due():
                    yield self.view.everything(visit, message, share=share)
                else:
                    shown = self.view.run_on_show(visit) if drawn.due() else self.view.text_on_show(visit)
                    yield shown | self.view.progress(message, share)
        yield self.view.everything(visit)

    @guarded
    def pause(self, request: gr.Request, visit: VisitState) -> Update:
        """End a run after the step in progress; the loading of models, and a wait in line, at once."""
        self.runner.cancel(session_loading.JOB)(request)
        self.runner.cancel_waiting(session_loading.STEP)(request)
        if visit.run is None or visit.run.session is None:
            return {}
        visit.run.session.pause()
        return self.view.progress("Paused. Press Step or Run to go on.")

    @guarded
    def back(self, request: gr.Request, visit: VisitState) -> Iterator[Update]:
        """Undo the last step."""
        if visit.run is None:
            raise UserError("There is no step of yours to undo yet.", "Press Step to take the first one.")
        with visit.at_work():
            session = yield from self.sessions.load(request, visit.run)
            session.back()
            visit.shown_index = None
        yield self.view.everything(visit)

    @guarded
    def reset(self, visit: VisitState) -> Update:
        """Back to the start with the picture and the other run kept; the next step reads the settings afresh."""
        visit.check_idle()
        others = {name: run for name, run in visit.runs.items() if name != visit.active}
        return self.view.everything(
            VisitState(visit.current_pictures, name=visit.picture_name, runs=others, active=visit.active)
        )


def _next(session: Session) -> str:
    return f"Step {session.position + 1}"
