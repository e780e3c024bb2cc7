"""Fair turns: who waits is told their place, a short work is not starved by long ones, abandoned work ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import gradio as gr
import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.limits import Limits
from fuse_core.common.progress import Cancelled, Progress, checkpoint
from ui.kit import turns
from ui.kit.jobs import JobRunner, Report

SECONDS = 20  # until a thread counts as stuck


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "FIRST_SLICE", 0.02)
    monkeypatch.setattr(turns, "SLICE", 0.02)
    monkeypatch.setattr(turns, "POLL", 0.01)


@pytest.fixture
def ends() -> Iterator[threading.Event]:
    """Ends what runs for long."""
    event = threading.Event()
    yield event
    event.set()


def visit(name: str) -> gr.Request:
    return gr.Request(session_hash=name)


def compute(seconds: float) -> None:
    """Take so much of the processor's time."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


def batches(ends: threading.Event, look: Callable[[], object] = checkpoint) -> Callable[[Progress], str]:
    """Work in batches of a millisecond, without end."""

    def work(report_progress: Progress) -> str:
        report_progress(0.0, "begun")
        while not ends.is_set():
            compute(0.001)
            look()
        return "ended"

    return work


def outcome(job: Iterator[Report]) -> tuple[list[Report], object]:
    told = []
    while True:
        try:
            told.append(next(job))
        except StopIteration as finished:
            return told, finished.value


@pytest.mark.parametrize("hogs", [["a"], ["a", "b", "c"], ["a", "a", "a"]], ids="".join)
def test_a_short_work_gets_its_turn_though_long_ones_are_under_way(ends, hogs):
    runner = JobRunner(Limits(at_once=1))
    jobs = [runner.run(visit(name), "run", batches(ends)) for name in hogs]
    threads = [threading.Thread(target=outcome, args=[job], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    _, found = outcome(runner.run(visit("z"), "step", lambda _: "done"))
    assert found == "done"
    assert time.monotonic() - started < 2
    ends.set()
    for thread in threads:  # and those go on until they are done
        thread.join(SECONDS)
        assert not thread.is_alive()


def taken_in_turn(names: str, batches_each: int, batch: Callable[[], object]) -> list[str]:
    """Whose each batch was, in order, of equal works that are pressed at once where one computes at a time."""
    runner, order = JobRunner(Limits(at_once=1)), []

    def work(name: str) -> Callable[[Progress], None]:
        def batch_by_batch(report_progress: Progress) -> None:
            for _ in range(batches_each):
                batch()
                checkpoint()
                order.append(name)

        return batch_by_batch

    threads = [threading.Thread(target=outcome, args=[runner.run(visit(n), "step", work(n))]) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return order


def test_works_that_end_within_their_first_turn_follow_each_other(monkeypatch):
    """Of equal works that shared the time batch by batch, none would be done before all are."""
    monkeypatch.setattr(turns, "FIRST_SLICE", SECONDS)
    order = taken_in_turn("abc", 5, lambda: compute(2 * turns.SLICE))
    assert len(order) == 15
    assert order == [name for name in order[::5] for _ in range(5)]


def test_a_usual_step_keeps_its_turn_however_busy_the_machine_is():
    """On the clock it may take far longer than the processor computes."""
    order = taken_in_turn("ab", 3, lambda: time.sleep(2 * turns.FIRST_SLICE))
    assert order in (list("aaabbb"), list("bbbaaa"))


def test_who_waits_is_told_the_place_and_then_what_is_done(ends):
    runner = JobRunner(Limits(at_once=1))
    next(runner_job := runner.run(visit("a"), "run", batches(ends, lambda: None)))  # gives no turn away
    others = [runner.run(visit(name), "step", lambda report: report(0.5, "Scoring")) for name in "bc"]
    own = runner.run(visit("a"), "step", lambda _: "done")
    assert next(others[0]) == Report(None, "Waiting for others, you are number 1 in line")
    assert next(others[1]) == Report(None, "Waiting for others, you are number 2 in line")
    assert next(own).what.startswith("Waiting for others, you are number 3")
    ends.set()
    assert outcome(runner_job) == ([], "ended")
    told, _ = outcome(others[0])
    assert told[-1] == Report(0.5, "Scoring")


def test_what_waits_for_own_work_alone_says_so(ends):
    runner = JobRunner(Limits(at_once=1))
    next(first := runner.run(visit("a"), "run", batches(ends, lambda: None)))
    assert next(runner.run(visit("a"), "step", lambda _: "done")).what == "Waiting for your other work"
    ends.set()
    outcome(first)


def test_work_of_a_visit_that_left_ends_within_a_batch(ends):
    ended = threading.Event()

    def work(report_progress: Progress) -> None:
        try:
            batches(ends)(report_progress)
        except Cancelled:
            ended.set()
            raise

    runner = JobRunner()
    job = runner.run(visit("a"), "step", work, wait=True)
    next(job)
    runner.cancel_visit(visit("a"))
    assert ended.wait(1)
    with pytest.raises(Cancelled):
        outcome(job)
    assert runner.count == 0


def test_a_wait_in_line_can_be_given_up_while_what_computes_goes_on(ends):
    runner = JobRunner(Limits(at_once=1))
    next(first := runner.run(visit("a"), "step", batches(ends, lambda: None), wait=True))
    next(second := runner.run(visit("a"), "step", lambda _: "done", wait=True))
    runner.cancel_waiting("step")(visit("a"))
    with pytest.raises(Cancelled):
        outcome(second)
    ends.set()
    assert outcome(first) == ([], "ended")


def test_computing_for_too_long_is_ended_with_a_sentence(ends):
    runner = JobRunner(Limits(seconds=1))
    with pytest.raises(Cancelled, match="for 1 seconds here"):
        outcome(runner.run(visit("a"), "batch", batches(ends), wait=True))


def test_works_beyond_the_limit_are_refused(ends):
    runner = JobRunner(Limits(works=1))
    next(first := runner.run(visit("a"), "run", batches(ends)))
    with pytest.raises(UserError, match="1 works are under way"):
        outcome(runner.run(visit("b"), "step", lambda _: "done"))
    ends.set()
    outcome(first)
    assert outcome(runner.run(visit("b"), "step", lambda _: "done")) == ([], "done")


def test_a_visit_cannot_fill_the_line_alone(ends):
    runner = JobRunner()
    jobs = [runner.run(visit("a"), "run", batches(ends)) for _ in range(turns.MOST_OWN)]
    for job in jobs:
        next(job)
    with pytest.raises(UserError, match="8 works of yours"):
        outcome(runner.run(visit("a"), "run", batches(ends)))
    assert outcome(runner.run(visit("b"), "step", lambda _: "done"))[1] == "done"
    ends.set()
    for job in jobs:
        outcome(job)
