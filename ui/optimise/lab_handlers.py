"""The Optimise tab as a debugger: any step looked at, runs branched and compared, prompts edited, runs replayed."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.replay import Replayed, replay
from ui.kit.fragments import status
from ui.kit.guard import guarded
from ui.kit.jobs import Jobs
from ui.optimise import settings, tables
from ui.optimise.run import Run
from ui.optimise.session_loading import load_session, padded, session_for
from ui.optimise.view import VIEW, View, look, view
from ui.optimise.visit_state import VisitState

REPLAY = 3  # outputs of `replay`: status, table, Cancel


class LabHandlers:
    """One instance an app; all state is in the visit's state."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(VIEW)
    def look(self, index: float | None, visit: VisitState) -> View:
        """Show a step; the run, and what the status says of it, stay."""
        if index is None:
            return View()
        visit.look_at(int(index))
        return look(visit)

    def click(self, point: str, visit: VisitState) -> View:
        """Show the step of a point clicked in a figure: "x,y,..."."""
        try:
            index = float(point.split(",")[0])
        except ValueError:
            return View()
        return self.look(index, visit)

    def latest(self, visit: VisitState) -> View:
        return self.look(len(visit.steps) - 1, visit)

    @guarded(VIEW)
    def branch(self, visit: VisitState) -> Iterator[View]:
        """A second run from the step on show; the first one stays as it is."""
        if visit.run is None or visit.shown is None:
            raise UserError("There is no run of yours to branch from yet.", "Press Step first.")
        at, first = visit.shown.index, visit.active
        with visit.at_work():
            session = yield from load_session(visit.run, self.library)
            visit.runs[visit.other] = Run(session.branch(at))
            visit.active, visit.at = visit.other, None
        say = f"Run {visit.active} branches from step {at} of run {first}. Change settings or words, then Step or Run."
        yield view(visit, say)

    @guarded(VIEW)
    def switch(self, name: str, visit: VisitState) -> View:
        """Show the other run."""
        visit.check_idle()
        visit.active, visit.at = name, None
        return view(visit)

    @guarded(VIEW + 1)
    def edit(self, text: str, visit: VisitState, preset: str, *values) -> Iterator[tuple]:
        """Put a prompt written by hand after the latest step; the text box is emptied once it is taken."""
        if not text.strip():
            raise UserError("The prompt is empty.", "Type at least one word.")
        config = settings.read(preset, *values)
        with visit.at_work():
            session = yield from padded(session_for(visit, self.library, config), (gr.skip(),))
            session.edit(text)
            visit.at = None
        left = session.config.steps - session.position
        more = "Step or Run goes on from it." if left > 0 else "All steps are taken: raise Steps to go on from it."
        yield (*view(visit, f"Your prompt is step {session.position} of {session.config.steps}. {more}"), "")

    @guarded(REPLAY)
    def replay(self, request: gr.Request, visit: VisitState) -> Iterator[tuple]:
        """Take the run's steps again and report each; the run itself is left alone."""
        if visit.run is None or not visit.run.position:
            raise UserError("There is no step of yours to replay yet.", "Press Step first.")
        found: list[Replayed] = []
        total = visit.run.position
        with visit.at_work(), self.jobs.started(request) as stop:
            session = yield from padded(load_session(visit.run, self.library), (gr.skip(), gr.skip()), first=1)
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
