"""Running a long call in a thread while its progress is shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from fuse_core.adapter.fit import Cancelled
from fuse_core.common.progress import Progress

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
