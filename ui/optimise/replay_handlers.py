"""Taking a run's steps again, to see whether they come out the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.search.replay import Replayed, replay
from fuse_core.search.run_limits import check_run
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.optimise import tables
from ui.optimise.handlers import OptimiseHandlers
from ui.optimise.visit_state import VisitState

JOB = "replay"


class ReplayHandlers(OptimiseHandlers):
    """Replay, its table and its Cancel button."""

    @guarded
    def replay(self, request: gr.Request, visit: VisitState) -> Iterator[Update]:
        """Take the run's steps again and report each; the run itself is left alone."""
        if visit.run is None or not visit.run.position:
            raise UserError("There is no step of yours to replay yet.", "Press Step first.")
        found: list[Replayed] = []
        total = visit.run.position
        with visit.turn.alone("A replay"):
            session = yield from self.sessions.load(request, visit.run)
            for config in set(session.configs):
                check_run(config, self.runner.limits)

            def work(report_progress: Progress) -> None:
                report_progress(0.0, f"Replaying: step 1 of {total}")
                for outcome in replay(session, self.library):
                    found.append(outcome)
                    if not outcome.same or len(found) == total:
                        return
                    report_progress(len(found) / total, f"Replaying: step {len(found) + 1} of {total}")

            yield {self.components.controls.cancel_replay: gr.Button(visible=True)}
            try:
                # The run and its replay share a problem: nothing may step the one before the other is through.
                for report in self.runner.run(request, JOB, work, wait=True):
                    yield self._shown(status(f"{report.what} …", share=report.share), found)
            except Cancelled as stopped:
                message = (
                    f"{stopped} Replay cancelled: the first {len(found)} of {total} steps came out the same.".lstrip()
                )
            else:
                message = _outcome(found, total)
        yield self._shown(status(message), found)

    def _shown(self, line: str, found: Sequence[Replayed]) -> Update:
        if not found:
            return {self.status: line}
        table = gr.Dataframe(tables.replay_table(found), visible=True)
        return {self.status: line, self.components.controls.replayed: table}


def _outcome(found: Sequence[Replayed], total: int) -> str:
    last = found[-1]
    if not last.same:
        return f"Replayed: step {last.index} is the first that differs, “{last.text}” where it was “{last.was}”."
    return f"Replayed: all {total} steps came out the same."
