"""Works side by side: how many at a time, what is told, and how one that fails ends the others."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar

import pytest

from fuse_core.common.progress import Cancelled, checkpoint
from fuse_core.common.side_by_side import side_by_side

PATIENCE = 60  # seconds; the machine may be busy


def unheard(share, what):
    pass


def test_as_many_as_said_are_at_work_and_they_begin_in_their_order():
    begun, meet = [], threading.Barrier(2)

    def work(name):
        def do(report):
            begun.append(name)
            if name in "ab":
                meet.wait(PATIENCE)  # comes to an end only beside the other

        return do

    side_by_side({name: work(name) for name in "abcd"}, 2, unheard)
    assert sorted(begun[:2]) == ["a", "b"]
    assert sorted(begun) == ["a", "b", "c", "d"]
    begun.clear()
    side_by_side({name: work(name) for name in "cde"}, 1, unheard)
    assert begun == ["c", "d", "e"]


def test_the_share_told_never_falls_and_comes_to_the_whole():
    told = []

    def again(report):
        for share in (0.5, 0.1, 0.9):
            report(share, "Doing")

    side_by_side({"First": again, "Second": again}, 2, lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {what for _, what in told} == {"First", "Second", "Doing"}


def until_ended(seen):
    def do(report):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                report(0.5, "Going on")
                checkpoint()
            except Cancelled:
                seen.append("ended")
                raise
            time.sleep(0.001)

    return do


def test_what_fails_first_is_raised_and_ends_the_others_and_the_rest_never_begins():
    seen = []

    def failing(report):
        raise ValueError("no")

    works = {"Long": until_ended(seen), "Failing": failing, "Never": lambda report: seen.append("begun")}
    with pytest.raises(ValueError, match="no"):
        side_by_side(works, 2, unheard)
    assert seen == ["ended"]


def test_a_report_that_ends_the_work_ends_all_of_it():
    seen, told = [], set()

    def ending(share, what):
        told.add(what)
        if what == "Going on" and told >= {"One", "Two"}:
            raise Cancelled

    with pytest.raises(Cancelled):
        side_by_side({"One": until_ended(seen), "Two": until_ended(seen)}, 2, ending)
    assert seen == ["ended", "ended"]


def test_works_see_the_callers_context():
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("mine")
    seen = []
    side_by_side({"a": lambda report: seen.append(variable.get())}, 2, unheard)
    assert seen == ["mine"]
