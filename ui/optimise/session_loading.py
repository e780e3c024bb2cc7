"""Getting a run ready to be stepped: models loaded, settings taken over, progress shown meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, scores_told
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.run_limits import check_run
from fuse_core.search.session import Session
from ui.kit.guard import Update
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line
from ui.optimise.run import Run
from ui.optimise.visit_state import VisitState

JOB, STEP = "session", "step"
T = TypeVar("T")

Loading = Generator[Update, None, Session]  # yields progress in the status line, ends with the session


class SessionLoader:
    """Loads sessions in jobs of the visit's; ``status`` is the line that shows their progress."""

    def __init__(self, status: gr.HTML, library: Library, runner: JobRunner) -> None:
        self.status, self.library, self.runner = status, library, runner

    def load(self, request: gr.Request, run: Run) -> Loading:
        """A run's session, its models loaded if they are not yet."""
        if run.session is not None:
            return run.session
        job = self.runner.run(request, JOB, lambda report_progress: run.load_session(self.library, report_progress))
        session = yield from progress_line(self.status, job)
        run.attach(session)
        return session

    def load_with_settings(self, request: gr.Request, visit: VisitState, config: CaptionConfig) -> Loading:
        """The visit's run under these settings; a new one where there is none, or none of its steps is taken.

        Raises
        ------
        UserError
            Where they ask for more work than is allowed; whatever loading may raise.
        """
        check_run(config, self.runner.limits)
        run, pictures, name = visit.run, visit.current_pictures, visit.picture_name
        if run is not None and not pictures and config.looks_at_pictures:
            raise UserError("The picture of this run was removed.", "Press Undo, or choose another picture.")
        if run is not None and run.session is not None and run.config == config:
            return run.session

        def work(report_progress: Progress) -> Session:
            if run is None or not (run.position or run.config == config):
                return Session.start(self.library, config, pictures, report_progress, name)
            loaded = run.load_session(self.library, report_progress)
            # A copy: work that goes on for a while after it was cancelled must not change the run.
            session = loaded.branch(loaded.position)
            session.change_search(self.library, config, report_progress)
            return session

        session = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        visit.runs[visit.active] = Run(session, id=run.id) if run else Run(session)
        return session

    def take(self, request: gr.Request, work: Callable[[], T], name: str = "") -> Generator[Update, None, T]:
        """What changes a run, such as a step, done when the visit's turn has come; between batches it may be ended.

        The status line tells the candidates scored so far, after the ``name`` of what is done.
        """

        def told(report_progress: Progress) -> T:
            with scores_told(report_progress):
                return work()

        return (yield from progress_line(self.status, self.runner.run(request, STEP, told, wait=True), name))
