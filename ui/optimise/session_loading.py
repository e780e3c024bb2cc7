"""Getting a run ready to be stepped: models loaded, settings taken over, progress shown meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.session import Session
from ui.kit.background import in_background
from ui.optimise.run import Run
from ui.optimise.view import VIEW, View, only_status
from ui.optimise.visit_state import VisitState

Waiting = Generator[View, None, Session]  # yields progress, ends with the session


def session_for(visit: VisitState, library: Library, config: CaptionConfig) -> Waiting:
    """The visit's run under these settings; a new one where there is none, or none of its steps is taken."""
    run = visit.run
    if run is not None and (run.position or run.config == config):
        session = yield from load_session(run, library)
        session.change_search(library, config)
        return session
    picture, name = visit.current_picture, visit.picture_name
    session = yield from waited(lambda say: Session.start(library, config, picture, say, name))
    visit.runs[visit.active] = Run(session)
    return session


def load_session(run: Run, library: Library) -> Waiting:
    """A run's session, its models loaded if they are not yet."""
    if run.session is not None:
        return run.session
    return (yield from waited(lambda say: run.wake(library, say)))


def waited(work: Callable[[Progress], Session]) -> Waiting:
    """The result of long work, done in the background."""
    for news in in_background(work):
        if isinstance(news, Session):
            return news
        share, what = news
        yield only_status(f"{what} …", share)
    raise AssertionError("in_background ends with its result or raises")


def padded(waiting: Waiting, padding: tuple, first: int = VIEW) -> Generator[tuple, None, Session]:
    """The same for a handler with other outputs: the tab's first few, and some more that stay as they are."""
    try:
        while True:
            yield (*next(waiting)[:first], *padding)
    except StopIteration as done:
        return done.value
