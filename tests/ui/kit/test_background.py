"""Work in a thread: its news, its errors, and leaving it at once when cancelled."""

from __future__ import annotations

import threading
import time

import pytest

from fuse_core.adapter.fit import Cancelled
from fuse_core.common.errors import UserError
from ui.kit.background import in_background

SECONDS = 20  # until a thread counts as stuck


def test_progress_comes_in_order_and_the_result_last():
    def work(say):
        say(0.0, "begin")
        say(0.5, "half")
        return "done"

    assert list(in_background(work)) == [(0.0, "begin"), (0.5, "half"), "done"]
    assert list(in_background(work, threading.Event())) == [(0.0, "begin"), (0.5, "half"), "done"]


def test_errors_are_raised_where_the_news_is_read():
    def work(say):
        say(0.1, "begin")
        raise UserError("No.")

    news = in_background(work)
    assert next(news) == (0.1, "begin")
    with pytest.raises(UserError, match="No"):
        next(news)


def test_cancelling_ends_the_wait_though_the_work_is_silent():
    stop, free = threading.Event(), threading.Event()
    threading.Timer(0.1, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(in_background(lambda say: free.wait(SECONDS), stop))
    assert time.monotonic() - started < SECONDS / 2
    free.set()


def test_what_was_cancelled_before_it_began_ends_at_once():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        list(in_background(lambda say: "done", stop))
