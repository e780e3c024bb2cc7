"""Jobs of a visit: reports, results, errors; cancelled by name at once, and all of them when the page is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import gradio as gr
import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.limits import Limits
from fuse_core.common.progress import Cancelled, Progress
from ui.kit.jobs import JobRunner, Report

SECONDS = 20  # until a thread counts as stuck


def visit(name: str = "a") -> gr.Request:
    return gr.Request(session_hash=name)


@pytest.fixture
def free() -> Iterator[threading.Event]:
    """What the silent work of a test waits for."""
    event = threading.Event()
    yield event
    event.set()


class Silent:
    """A job that has begun and says nothing more, and what becomes of it."""

    def __init__(
        self, runner: JobRunner, request: gr.Request, name: str, free: threading.Event, wait: bool = False
    ) -> None:
        self.ended_in_work = threading.Event()
        self.free = free
        self.job = runner.run(request, name, self.work, wait=wait)
        next(self.job)

    def work(self, report_progress: Progress) -> str:
        report_progress(0.0, "begun")
        self.free.wait(SECONDS)
        try:
            report_progress(0.5, "half")
        except Cancelled:
            self.ended_in_work.set()
            raise
        return "done"

    def outcome(self) -> str:
        """The result, or "cancelled"."""
        try:
            while True:
                next(self.job)
        except StopIteration as finished:
            return finished.value
        except Cancelled:
            return "cancelled"


def test_reports_come_in_order_and_then_the_result():
    runner, found = JobRunner(), []

    def work(report_progress: Progress) -> str:
        report_progress(0.0, "begin")
        report_progress(0.5, "half")
        return "done"

    def handler():
        found.append((yield from runner.run(visit(), "work", work)))

    assert list(handler()) == [Report(0.0, "begin"), Report(0.5, "half")]
    assert found == ["done"]
    assert runner.count == 0


def test_work_is_in_the_context_of_who_asked():
    asked = ContextVar("asked", default="nobody")
    asked.set("somebody")
    with pytest.raises(StopIteration) as ended:
        next(JobRunner().run(visit(), "fit", lambda report_progress: asked.get()))
    assert ended.value.value == "somebody"


def test_errors_are_raised_where_the_reports_are_read():
    def work(report_progress: Progress) -> None:
        report_progress(0.1, "begin")
        raise UserError("No.")

    job = JobRunner().run(visit(), "work", work)
    assert next(job) == (0.1, "begin")
    with pytest.raises(UserError, match="No"):
        next(job)


def test_cancelling_a_fit_leaves_a_running_batch_alone(free):
    runner = JobRunner()
    fit, batch = (Silent(runner, visit(), name, free) for name in ("fit", "batch"))
    runner.cancel("fit")(visit())
    assert fit.outcome() == "cancelled"
    assert runner.count == 1
    free.set()
    assert batch.outcome() == "done"


def test_another_visit_and_another_name_cancel_nothing(free):
    runner = JobRunner()
    job = Silent(runner, visit("a"), "fit", free)
    runner.cancel("fit")(visit("b"))
    runner.cancel("batch", "replay")(visit("a"))
    runner.cancel_visit(visit("b"))
    free.set()
    assert job.outcome() == "done"


def test_closing_the_page_ends_all_jobs_of_the_visit(free):
    runner = JobRunner()
    jobs = [Silent(runner, visit(), name, free) for name in ("fit", "batch")]
    runner.cancel_visit(visit())
    assert [job.outcome() for job in jobs] == ["cancelled", "cancelled"]
    assert runner.count == 0


def test_cancelling_ends_the_wait_though_the_work_is_silent_and_the_work_at_its_next_report(free):
    runner = JobRunner()
    job = Silent(runner, visit(), "fit", free)
    threading.Timer(0.1, runner.cancel("fit"), [visit()]).start()
    started = time.monotonic()
    assert job.outcome() == "cancelled"
    assert time.monotonic() - started < SECONDS / 2
    free.set()
    assert job.ended_in_work.wait(SECONDS)


def test_a_job_that_is_waited_for_ends_with_its_work(free):
    runner = JobRunner()
    job = Silent(runner, visit(), "batch", free, wait=True)
    runner.cancel("batch")(visit())
    threading.Timer(0.2, free.set).start()
    assert job.outcome() == "cancelled"
    assert job.ended_in_work.is_set()


def test_a_handler_that_is_closed_takes_its_work_with_it(free):
    job = Silent(JobRunner(), visit(), "fit", free)
    job.job.close()
    free.set()
    assert job.ended_in_work.wait(SECONDS)


def test_closing_ends_the_jobs_of_all_visits_and_waits_for_work_in_progress(free):
    runner = JobRunner()
    jobs = [Silent(runner, visit(name), "fit", free) for name in "ab"]
    threading.Timer(0.2, free.set).start()
    runner.close(SECONDS)
    assert [job.ended_in_work.is_set() for job in jobs] == [True, True]
    assert [job.outcome() for job in jobs] == ["cancelled", "cancelled"]


def test_closing_waits_no_longer_than_it_is_told(free):
    runner = JobRunner()
    job = Silent(runner, visit(), "fit", free)
    runner.close(0.01)
    assert not job.ended_in_work.is_set()
    free.set()
    assert job.ended_in_work.wait(SECONDS)


def test_the_end_of_every_work_is_told_once_its_result_is_there():
    runner, ended = JobRunner(), threading.Semaphore(0)
    runner.ended = ended.release

    def fail(report_progress: Progress) -> None:
        raise UserError("It fails.", "Mend it.")

    list(runner.run(visit(), "work", lambda report_progress: "done"))
    assert ended.acquire(timeout=SECONDS)
    with pytest.raises(UserError):
        list(runner.run(visit(), "work", fail))
    assert ended.acquire(timeout=SECONDS)


@pytest.mark.parametrize("unread", [True, False])
def test_work_in_line_is_given_up_whose_visitor_reads_nothing(free, monkeypatch, unread):
    monkeypatch.setattr("ui.kit.jobs.UNHEARD", 0.3)
    runner = JobRunner(Limits(at_once=1))
    runner.unread = lambda name: unread and name == "b"
    first = Silent(runner, visit("a"), "work", free)
    second = runner.run(visit("b"), "work", lambda report_progress: "done")
    next(second)  # that it waits
    threading.Timer(1.5, free.set).start()
    if unread:
        with pytest.raises(Cancelled):
            list(second)
        assert not free.is_set()
    else:
        list(second)
    assert first.outcome() == "done"
