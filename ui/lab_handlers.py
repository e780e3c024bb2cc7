"""The Optimise tab as a debugger: any step looked at, runs branched and compared, prompts edited, runs replayed."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.replay import Replayed, replay
from ui import settings, tables
from ui.desk import Desk
from ui.kit.fragments import status
from ui.kit.guard import guarded
from ui.kit.jobs import Jobs
from ui.optimise_view import VIEW, View, look, view
from ui.readying import awake, padded, ready
from ui.run import Run

REPLAY = 3  # outputs of `replay`: status, table, Cancel


class LabHandlers:
    """One instance an app; all state is in the visitor's desk."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(VIEW)
    def look(self, index: float | None, desk: Desk) -> View:
        """Show a step; the run, and what the status says of it, stay."""
        if index is None:
            return View()
        desk.look_at(int(index))
        return look(desk)

    def click(self, point: str, desk: Desk) -> View:
        """Show the step of a point clicked in a figure: "x,y,..."."""
        try:
            index = float(point.split(",")[0])
        except ValueError:
            return View()
        return self.look(index, desk)

    def latest(self, desk: Desk) -> View:
        return self.look(len(desk.steps) - 1, desk)

    @guarded(VIEW)
    def branch(self, desk: Desk) -> Iterator[View]:
        """A second run from the step on show; the first one stays as it is."""
        if desk.run is None or desk.shown is None:
            raise UserError("There is no run of yours to branch from yet.", "Press Step first.")
        at, first = desk.shown.index, desk.active
        with desk.at_work():
            session = yield from awake(desk.run, self.library)
            desk.runs[desk.other] = Run(session.branch(at))
            desk.active, desk.at = desk.other, None
        say = f"Run {desk.active} branches from step {at} of run {first}. Change settings or words, then Step or Run."
        yield view(desk, say)

    @guarded(VIEW)
    def switch(self, name: str, desk: Desk) -> View:
        """Show the other run."""
        desk.check_idle()
        desk.active, desk.at = name, None
        return view(desk)

    @guarded(VIEW + 1)
    def edit(self, text: str, desk: Desk, preset: str, *values) -> Iterator[tuple]:
        """Put a prompt written by hand after the latest step; the text box is emptied once it is taken."""
        if not text.strip():
            raise UserError("The prompt is empty.", "Type at least one word.")
        config = settings.read(preset, *values)
        with desk.at_work():
            session = yield from padded(ready(desk, self.library, config), (gr.skip(),))
            session.edit(text)
            desk.at = None
        left = session.config.steps - session.position
        more = "Step or Run goes on from it." if left > 0 else "All steps are taken: raise Steps to go on from it."
        yield (*view(desk, f"Your prompt is step {session.position} of {session.config.steps}. {more}"), "")

    @guarded(REPLAY)
    def replay(self, request: gr.Request, desk: Desk) -> Iterator[tuple]:
        """Take the run's steps again and report each; the run itself is left alone."""
        if desk.run is None or not desk.run.position:
            raise UserError("There is no step of yours to replay yet.", "Press Step first.")
        found: list[Replayed] = []
        total = desk.run.position
        with desk.at_work(), self.jobs.started(request) as stop:
            session = yield from padded(awake(desk.run, self.library), (gr.skip(), gr.skip()), first=1)
            yield status(f"Replaying: step 1 of {total} …", share=0.0), gr.skip(), gr.Button(visible=True)
            for outcome in replay(session, self.library):
                found.append(outcome)
                if stop.is_set() or not outcome.same:
                    break
                if len(found) < total:
                    said = f"Replaying: step {len(found) + 1} of {total} …"
                    yield status(said, share=len(found) / total), _listed(found), gr.skip()
        yield status(_outcome(found, total)), _listed(found), gr.Button(visible=False)


def _listed(found: list[Replayed]) -> gr.Dataframe:
    return gr.Dataframe(tables.replay_table(found), visible=True)


def _outcome(found: list[Replayed], total: int) -> str:
    last = found[-1]
    if not last.same:
        return f"Replayed: step {last.index} is the first that differs, “{last.text}” where it was “{last.was}”."
    if len(found) < total:
        return f"Replay cancelled: the first {len(found)} of {total} steps came out the same."
    return f"Replayed: all {total} steps came out the same."
