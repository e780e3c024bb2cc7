"""Long work that a visitor can cancel, and that ends when the page is closed."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr


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
