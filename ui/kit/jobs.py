"""Long work in a thread of its own, in fair turns: it shows progress, can be cancelled, and ends with the visit."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from typing import NamedTuple, TypeVar

import gradio as gr

from fuse_core.common.limits import Limits
from fuse_core.common.progress import Cancelled, Progress, called_between_batches
from ui.kit.turns import Turn, Turns

T = TypeVar("T")
log = logging.getLogger(__name__)

THREADS = "job "  # what the names of their threads begin with
UNHEARD = 15.0  # seconds in line after which a work is given up whose visitor reads nothing of what is sent
PATIENCE = 4.0  # seconds: hosts kill after ten, and the server may take five to close


class Report(NamedTuple):
    """How far a job is: the share done, from 0 to 1, and what is being done; a job that waits has no share."""

    share: float | None
    what: str


class _Job:
    """One piece of work: whether it was cancelled, and its reports; ``None`` among them says to look again."""

    def __init__(self, visit: str, name: str, seconds: int) -> None:
        self.visit, self.name, self.seconds = visit, name, seconds
        self.turn = Turn(visit)
        self.doing, self.told = Report(None, "Working"), ""  # what it does, and the wait that was told of last
        self.heard = time.monotonic()  # when its visitor had last read all that was sent
        self.cancelled = threading.Event()
        self.reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()

    def cancel(self) -> None:
        self.cancelled.set()
        self.reports.put(None)

    def report_progress(self, share: float, what: str) -> None:
        self.check()
        self.doing = Report(share, what)
        self.reports.put(self.doing)

    def report_wait(self, what: str) -> None:
        self.check()
        if what != self.told:
            self.reports.put(Report(None, what))
        self.told = what

    def report_turn(self) -> None:
        """Say again what is being done, where a wait was told of since."""
        if self.told:
            self.reports.put(self.doing)
        self.told = ""

    def check(self) -> None:
        """Raise ``Cancelled`` where the job was, or has computed for too long."""
        if self.cancelled.is_set():
            raise Cancelled
        if self.turn.seconds > self.seconds:
            raise Cancelled(f"Stopped: one press of a button may compute for {self.seconds:,} seconds here.")


class JobRunner:
    """The running jobs of every visit, by the session the page was opened in. Safe across threads.

    Parameters
    ----------
    limits : Limits, optional
        How many jobs there may be, how many compute at a time, and for how long one may.

    Attributes
    ----------
    unread : callable
        Whether a visit has not read all that was sent to it; the server that sends it says so.
    ended : callable
        Called in the thread of a work that has ended, when its result is told.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.turns = Turns(self.limits.at_once, self.limits.works)
        self.unread: Callable[[str], bool] = lambda visit: False
        self.ended: Callable[[], object] = lambda: None
        self._guard = threading.Lock()
        self._jobs: set[_Job] = set()

    def run(
        self, request: gr.Request, name: str, work: Callable[[Progress], T], *, wait: bool = False
    ) -> Generator[Report, None, T]:
        """Yield what ``work`` reports as it comes and return its result; an error in ``work`` is raised here.

        The work begins when its turn has come, and lets others go first at each ``progress.checkpoint``. Closing the
        generator cancels the job, too.

        Parameters
        ----------
        name : str
            What ``cancel`` calls the job; a visit may run several of one name.
        work : callable
            Takes the callback to report progress with.
        wait : bool
            For work that changes what its visit goes on with, a run or a file: a cancelled job ends when ``work`` does.

        Raises
        ------
        Cancelled
            In ``work`` at its next report or checkpoint once the job is cancelled, or has computed for too long. Here
            at once, though ``work`` may report nothing for long; with ``wait``, when ``work`` has raised it.
        UserError
            When too many jobs are under way.
        """
        with self._filed(_Job(str(request.session_hash), name, self.limits.seconds)) as job:
            result = _in_thread(job, lambda report_progress: self._in_turn(job, work), self.ended)
            while wait or not job.cancelled.is_set():
                report = job.reports.get()
                if report is not None:
                    yield report
                elif result.done():
                    return result.result()
            raise Cancelled

    def cancel(self, *names: str) -> Callable[[gr.Request], None]:
        """The handler of a Cancel button: it ends the visit's jobs of these names and leaves its others alone."""

        def cancel_named(request: gr.Request) -> None:
            self._cancel(lambda job: job.visit == str(request.session_hash) and job.name in names)

        return cancel_named

    def cancel_waiting(self, *names: str) -> Callable[[gr.Request], None]:
        """As ``cancel``, for jobs that wait in line; those that compute are left alone."""

        def cancel_named(request: gr.Request) -> None:
            visit = str(request.session_hash)
            self._cancel(lambda job: job.visit == visit and job.name in names and not job.turn.has_come.is_set())

        return cancel_named

    def cancel_visit(self, request: gr.Request) -> None:
        """End all jobs of a visit: the handler of the page's closing."""
        self._cancel(lambda job: job.visit == str(request.session_hash))

    def close(self, patience: float = PATIENCE) -> None:
        """Cancel all jobs, and wait so many seconds for work to end at its next report: the program is ending."""
        self._cancel(lambda job: True)
        deadline = time.monotonic() + patience
        for thread in threading.enumerate():
            if thread.name.startswith(THREADS):
                thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def count(self) -> int:
        """Jobs running now."""
        with self._guard:
            return len(self._jobs)

    def _cancel(self, chosen: Callable[[_Job], bool]) -> None:
        with self._guard:
            for job in filter(chosen, self._jobs):
                job.cancel()

    def _in_turn(self, job: _Job, work: Callable[[Progress], T]) -> T:
        def waiting(what: str) -> None:
            job.report_wait(what)
            if not self.unread(job.visit):
                job.heard = time.monotonic()
            elif time.monotonic() - job.heard > UNHEARD:
                raise Cancelled  # nobody would see what comes of it

        with self.turns.taken(job.turn, waiting) as let_others_go:

            def between_batches() -> None:
                job.check()
                let_others_go()
                job.report_turn()

            job.check()
            job.report_turn()
            with called_between_batches(between_batches):
                return work(job.report_progress)

    @contextmanager
    def _filed(self, job: _Job) -> Iterator[_Job]:
        with self._guard:
            self._jobs.add(job)
        try:
            yield job
        finally:
            job.cancel()  # a handler that ends early, for whatever reason, takes its thread with it
            self.turns.leave(job.turn)
            with self._guard:
                self._jobs.discard(job)


def _in_thread(job: _Job, work: Callable[[Progress], T], ended: Callable[[], object]) -> Future[T]:
    """The future result of ``work``, which runs in a thread; the job's reader is woken when it is there."""
    result: Future[T] = Future()

    def target() -> None:
        try:
            result.set_result(work(job.report_progress))
        except BaseException as error:
            if isinstance(error, Cancelled):
                log.info("The job %s was cancelled.", job.name)
            result.set_exception(error)
        job.reports.put(None)
        ended()

    # In the caller's context: by the request there a host that lends GPUs knows whom it lends one.
    threading.Thread(target=copy_context().run, args=(target,), name=f"{THREADS}{job.name}", daemon=True).start()
    return result
