"""Long work in a thread of its own: it shows progress, can be cancelled by its name, and ends with the visit."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import gradio as gr

from fuse_core.common.progress import Cancelled, Progress

T = TypeVar("T")
log = logging.getLogger(__name__)

THREADS = "job "  # what the names of their threads begin with
PATIENCE = 4.0  # seconds: hosts kill after ten, and the server may take five to close


class Report(NamedTuple):
    """How far a job is: the share done, from 0 to 1, and what is being done."""

    share: float
    what: str


class _Job:
    """One piece of work: whether it was cancelled, and its reports; ``None`` among them says to look again."""

    def __init__(self, visit: str, name: str) -> None:
        self.visit, self.name = visit, name
        self.cancelled = threading.Event()
        self.reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()

    def cancel(self) -> None:
        self.cancelled.set()
        self.reports.put(None)

    def report_progress(self, share: float, what: str) -> None:
        if self.cancelled.is_set():
            raise Cancelled
        self.reports.put(Report(share, what))


class JobRunner:
    """The running jobs of every visit, by the session the page was opened in. Safe across threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: set[_Job] = set()

    def run(
        self, request: gr.Request, name: str, work: Callable[[Progress], T], *, wait: bool = False
    ) -> Generator[Report, None, T]:
        """Yield what ``work`` reports as it comes and return its result; an error in ``work`` is raised here.

        Closing the generator cancels the job, too.

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
            In ``work`` at its next report once the job is cancelled. Here at once, though ``work`` may report nothing
            for long; with ``wait``, when ``work`` has raised it.
        """
        with self._filed(_Job(str(request.session_hash), name)) as job:
            result = _in_thread(job, work)
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

    @contextmanager
    def _filed(self, job: _Job) -> Iterator[_Job]:
        with self._guard:
            self._jobs.add(job)
        try:
            yield job
        finally:
            job.cancel()  # a handler that ends early, for whatever reason, takes its thread with it
            with self._guard:
                self._jobs.discard(job)


def _in_thread(job: _Job, work: Callable[[Progress], T]) -> Future[T]:
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

    threading.Thread(target=target, name=f"{THREADS}{job.name}", daemon=True).start()
    return result
