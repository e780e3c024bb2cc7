"""Things made once, however many threads ask for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.once import OncePerKey
from fuse_core.common.progress import Cancelled

SECONDS = 30  # until a thread that should have been let through counts as stuck


def test_many_threads_get_the_one_thing_that_was_made():
    things, made, together = OncePerKey(), [], threading.Barrier(8)

    def ask(_):
        together.wait(SECONDS)
        return things.get("thing", lambda: made.append(object()) or made[-1])

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert len(made) == 1
    assert all(thing is made[0] for thing in found)


def test_one_thing_being_made_does_not_hold_up_another():
    things, other_is_made = OncePerKey(), threading.Event()
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(things.get, "slow", lambda: other_is_made.wait(SECONDS))
        threads.submit(things.get, "quick", other_is_made.set)
        assert slow.result(SECONDS) is True


def test_what_fails_is_tried_again():
    things = OncePerKey()

    def fail():
        raise UserError("No.")

    with pytest.raises(UserError):
        things.get("thing", fail)
    assert things.get("thing", lambda: 7) == 7


def test_who_waits_hears_how_far_the_other_is_and_may_give_up():
    things, begun, heard = OncePerKey(), threading.Event(), threading.Event()
    gave_up, said = threading.Event(), []

    def make():
        things.reporting("thing")(0.5, "half")
        begun.set()
        assert gave_up.wait(SECONDS)
        return 7

    def listen(*news):
        said.append(news)
        heard.set()

    def give_up(*news):
        gave_up.set()
        raise Cancelled

    with ThreadPoolExecutor(2) as threads:
        maker = threads.submit(things.get, "thing", make)
        assert begun.wait(SECONDS)
        patient = threads.submit(things.get, "thing", make, listen)
        assert heard.wait(SECONDS)
        with pytest.raises(Cancelled):
            things.get("thing", make, give_up)
        assert maker.result(SECONDS) == patient.result(SECONDS) == 7
    assert set(said) == {(0.5, "half")}


def test_nothing_is_a_thing_too():
    things, made = OncePerKey(), []
    for _ in range(2):
        assert things.get("nothing", lambda: made.append(1)) is None
    assert made == [1]
