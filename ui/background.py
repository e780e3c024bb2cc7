"""Running a long call in a thread while its progress is shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_background(work: Callable[[Callable[[float, str], None]], T]) -> Iterator[tuple[float, str] | T]:
    """Yield ``(share, what)`` as ``work`` reports it, then its result; an error in ``work`` is raised here.

    Parameters
    ----------
    work : callable
        Takes the progress callback and returns anything but a tuple.
    """
    news: queue.Queue = queue.Queue()

    def target() -> None:
        try:
            result = work(lambda share, what: news.put(("progress", (share, what))))
        except BaseException as error:
            news.put(("error", error))
        else:
            news.put(("result", result))

    threading.Thread(target=target, daemon=True).start()
    while True:
        kind, value = news.get()
        if kind == "error":
            raise value
        yield value
        if kind == "result":
            return
