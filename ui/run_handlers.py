"""The Optimise tab's buttons that start, step, pause and undo a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.library import Library
from ui import settings
from ui.desk import EXAMPLES, Desk
from ui.kit import fragments
from ui.kit.guard import guarded
from ui.optimise_view import VIEW, View, glance, look, only_status, view
from ui.pace import Pace
from ui.readying import awake, ready

# Seconds between two redraws of a run's figures, and between two copies kept by the browser. One that cannot keep up
# would show steps long past, and hear of Pause too late.
DRAW, KEEP = 3.0, 10.0


class RunHandlers:
    """One instance an app; all state is in the visitor's desk."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(VIEW)
    def choose_picture(self, path: str | None, desk: Desk) -> View:
        """A new picture ends the runs on the desk; a file that cannot be opened leaves everything as it was."""
        if path is None:
            return view(desk)
        try:
            desk.check_idle()
            picture = open_picture(path)
        except UserError as error:
            # Not left to the guard: the picture field shows the bad file and has to get the old picture back.
            gr.Warning(str(error))
            return view(desk, str(error), "error")
        return view(Desk(picture=picture, name=Path(path).name))

    def choose_example(self, event: gr.SelectData, desk: Desk) -> View:
        return self.choose_picture(str(EXAMPLES[event.index]), desk)

    @guarded(VIEW)
    def step(self, desk: Desk, preset: str, *values) -> Iterator[View]:
        """One step, with a session started first where there is none."""
        config = settings.read(preset, *values)
        with desk.at_work():
            session = yield from ready(desk, self.library, config)
            desk.at = None
            share = session.position / session.config.steps
            yield only_status(f"Step {session.position + 1}: proposing and scoring candidates …", share)
            session.step()
        yield view(desk)

    @guarded(VIEW)
    def run(self, desk: Desk, preset: str, *values) -> Iterator[View]:
        """All remaining steps, shown as they come; Pause ends it after the step in progress."""
        config = settings.read(preset, *values)
        with desk.at_work():
            session = yield from ready(desk, self.library, config)
            if session.finished:
                raise UserError(f"All {session.config.steps} steps are taken.", "Raise Steps, go Back, or Reset.")
            desk.at = None
            yield only_status("Running …", session.position / session.config.steps)
            drawn, kept = Pace(DRAW), Pace(KEEP)
            for step in session.run():
                said = f"Running: step {step.index} of {session.config.steps} done."
                share = step.index / session.config.steps
                if session.finished:
                    break
                if kept.due():
                    yield view(desk, said, share=share)
                elif drawn.due():
                    yield look(desk)._replace(status=fragments.status(said, share=share))
                else:
                    yield glance(desk)._replace(status=fragments.status(said, share=share))
        yield view(desk)

    @guarded(1)
    def pause(self, desk: Desk) -> Any:
        if desk.run is None or desk.run.session is None:
            return gr.skip()
        desk.run.session.pause()
        return fragments.status("Paused. Press Step or Run to go on.")

    @guarded(VIEW)
    def back(self, desk: Desk) -> Iterator[View]:
        """Undo the last step."""
        if desk.run is None:
            raise UserError("There is no step of yours to undo yet.", "Press Step to take the first one.")
        with desk.at_work():
            session = yield from awake(desk.run, self.library)
            session.back()
            desk.at = None
        yield view(desk)

    @guarded(VIEW)
    def reset(self, desk: Desk) -> View:
        """Back to the start with the picture and the other run kept; the next step reads the settings afresh."""
        desk.check_idle()
        others = {name: run for name, run in desk.runs.items() if name != desk.active}
        return view(Desk(picture=desk.current_picture, name=desk.picture_name, runs=others, active=desk.active))
