"""Running a long call in a thread while its progress is shown."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import gradio as gr

from fuse_core.common.progress import Cancelled, Progress

T = TypeVar("T")
LOOK = 0.2  # seconds between two looks at whether the work was cancelled


def in_background(
    work: Callable[[Progress], T], stop: threading.Event | None = None
) -> Iterator[tuple[float, str] | T]:
    """Yield ``(share, what)`` as ``work`` reports it, then its result; an error in ``work`` is raised here.

    Parameters
    ----------
    work : callable
        Takes the progress callback and returns anything but a tuple.
    stop : Event, optional
        Once set, ``Cancelled`` is raised here within a fraction of a second, also while ``work`` waits for something
        and reports nothing; and in ``work`` itself when it next reports progress.
    """
    news: queue.Queue = queue.Queue()

    def say(share: float, what: str) -> None:
        if stop is not None and stop.is_set():
            raise Cancelled
        news.put(("progress", (share, what)))

    def target() -> None:
        try:
            result = work(say)
        except BaseException as error:
            news.put(("error", error))
        else:
            news.put(("result", result))

    threading.Thread(target=target, daemon=True).start()
    while True:
        if stop is not None and stop.is_set():
            raise Cancelled
        try:
            kind, value = news.get(timeout=LOOK)
        except queue.Empty:
            continue
        if kind == "error":
            raise value
        yield value
        if kind == "result":
            return


class Jobs:
    """The running jobs of every visit, by the session the page was opened in. Safe across threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: defaultdict[str, set[threading.Event]] = defaultdict(set)

    @contextmanager
    def started(self, request: gr.Request) -> Iterator[threading.Event]:
        """An event that is set when this visitor cancels or leaves; the work is to look at it now and then."""
        visit, stop = str(request.session_hash), threading.Event()
        with self._guard:
            self._running[visit].add(stop)
        try:
            yield stop
        finally:
            stop.set()  # a handler that ends early, for whatever reason, takes its thread with it
            with self._guard:
                self._running[visit].discard(stop)
                if not self._running[visit]:
                    del self._running[visit]

    def cancel(self, request: gr.Request) -> None:
        """Ask every job of a visit to stop; the handler of Cancel buttons and of the page's closing."""
        with self._guard:
            for stop in self._running.get(str(request.session_hash), ()):
                stop.set()

    @property
    def count(self) -> int:
        """Jobs running now."""
        with self._guard:
            return sum(map(len, self._running.values()))
