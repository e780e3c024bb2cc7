"""The Optimise tab's buttons that start, step, pause and undo a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.library import Library
from ui.kit import fragments
from ui.kit.examples import EXAMPLES
from ui.kit.guard import guarded
from ui.optimise import settings
from ui.optimise.session_loading import load_session, session_for
from ui.optimise.throttle import Throttle
from ui.optimise.view import VIEW, View, glance, look, only_status, view
from ui.optimise.visit_state import VisitState

# Seconds between two redraws of a run's figures, and between two copies kept by the browser. One that cannot keep up
# would show steps long past, and hear of Pause too late.
DRAW, KEEP = 3.0, 10.0


class RunHandlers:
    """One instance an app; all state is in the visit's state."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(VIEW)
    def choose_picture(self, path: str | None, visit: VisitState) -> View:
        """A new picture ends the runs of the visit; a file that cannot be opened leaves everything as it was."""
        if path is None:
            return view(visit)
        try:
            visit.check_idle()
            picture = open_picture(path)
        except UserError as error:
            # Not left to the guard: the picture field shows the bad file and has to get the old picture back.
            gr.Warning(str(error))
            return view(visit, str(error), "error")
        return view(VisitState(picture=picture, name=Path(path).name))

    def choose_example(self, event: gr.SelectData, visit: VisitState) -> View:
        return self.choose_picture(str(EXAMPLES[event.index]), visit)

    @guarded(VIEW)
    def step(self, visit: VisitState, preset: str, *values) -> Iterator[View]:
        """One step, with a session started first where there is none."""
        config = settings.read(preset, *values)
        with visit.at_work():
            session = yield from session_for(visit, self.library, config)
            visit.at = None
            share = session.position / session.config.steps
            yield only_status(f"Step {session.position + 1}: proposing and scoring candidates …", share)
            session.step()
        yield view(visit)

    @guarded(VIEW)
    def run(self, visit: VisitState, preset: str, *values) -> Iterator[View]:
        """All remaining steps, shown as they come; Pause ends it after the step in progress."""
        config = settings.read(preset, *values)
        with visit.at_work():
            session = yield from session_for(visit, self.library, config)
            if session.finished:
                raise UserError(f"All {session.config.steps} steps are taken.", "Raise Steps, go Back, or Reset.")
            visit.at = None
            yield only_status("Running …", session.position / session.config.steps)
            drawn, kept = Throttle(DRAW), Throttle(KEEP)
            for step in session.run():
                said = f"Running: step {step.index} of {session.config.steps} done."
                share = step.index / session.config.steps
                if session.finished:
                    break
                if kept.due():
                    yield view(visit, said, share=share)
                elif drawn.due():
                    yield look(visit)._replace(status=fragments.status(said, share=share))
                else:
                    yield glance(visit)._replace(status=fragments.status(said, share=share))
        yield view(visit)

    @guarded(1)
    def pause(self, visit: VisitState) -> Any:
        if visit.run is None or visit.run.session is None:
            return gr.skip()
        visit.run.session.pause()
        return fragments.status("Paused. Press Step or Run to go on.")

    @guarded(VIEW)
    def back(self, visit: VisitState) -> Iterator[View]:
        """Undo the last step."""
        if visit.run is None:
            raise UserError("There is no step of yours to undo yet.", "Press Step to take the first one.")
        with visit.at_work():
            session = yield from load_session(visit.run, self.library)
            session.back()
            visit.at = None
        yield view(visit)

    @guarded(VIEW)
    def reset(self, visit: VisitState) -> View:
        """Back to the start with the picture and the other run kept; the next step reads the settings afresh."""
        visit.check_idle()
        others = {name: run for name, run in visit.runs.items() if name != visit.active}
        return view(
            VisitState(picture=visit.current_picture, name=visit.picture_name, runs=others, active=visit.active)
        )
