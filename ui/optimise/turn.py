"""Whose turn it is in a visit: one handler works on its runs, and what is pressed meanwhile is done afterwards."""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fuse_core.common.errors import UserError
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded, unchanged
from ui.kit.messages import told

Call = Callable[[], Iterator[Update]]
MOST_WAITING = 8  # presses that follow the work in progress


class Turn:
    """The handler at work and those that wait, in order. Safe across threads.

    Attributes
    ----------
    pausing : bool
        Whether Pause was pressed since the handler at work began.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._at_work: str | None = None
        self._waiting: deque[tuple[str, Call]] | None = None  # None: nothing may wait
        self.pausing = False
        self._paused_at = 0.0

    def __deepcopy__(self, memo: dict) -> Turn:
        return Turn()  # Gradio copies a page's first state for each visit

    @property
    def busy(self) -> bool:
        return self._at_work is not None

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Nothing else may change the runs meanwhile, nor wait for it; ``UserError`` where something is at work."""
        with self._guard:
            self.check_idle()
            self._at_work = what
        try:
            yield
        finally:
            self._at_work = None

    def check_idle(self) -> None:
        """Raise ``UserError`` while a handler works on the runs."""
        if self._at_work is not None:
            raise UserError(f"{self._at_work} is at work.", "Press Pause first, or wait for it to end.")

    def take(self, what: str, call: Call) -> bool:
        """Begin; False where another is at work, which is to do this afterwards.

        Raises
        ------
        UserError
            Where nothing may follow what is at work, or too much does already.
        """
        with self._guard:
            if self._at_work is None:
                self._at_work, self._waiting, self.pausing = what, deque(), False
                return True
            if self._waiting is None:
                self.check_idle()
                return False
            if what != RUN or self.pausing or self._waiting or self._at_work != RUN:  # a run that goes on already
                if len(self._waiting) >= MOST_WAITING:
                    raise UserError(f"{MOST_WAITING} presses wait already.", "Wait for them, or press Pause.")
                self._waiting.append((what, call))
            return False

    def following(self) -> Call | None:
        """What waits first, which is at work from now on; None where nothing does, and the turn is over."""
        with self._guard:
            if not self._waiting:
                self.end()
                return None
            self._at_work, call = self._waiting.popleft()
            self.pausing = False
            return call

    def pause(self, pressed: float | None) -> None:
        """End what is at work, and what was pressed before and has not begun: requests may pass each other."""
        self.pausing, self._paused_at = True, pressed or 0.0

    def paused_after(self, pressed: float | None) -> bool:
        """Whether Pause was pressed later, by the browser's clock; never where no browser told of it."""
        return pressed is not None and pressed < self._paused_at

    def end(self) -> None:
        self._at_work = self._waiting = None


RUN = "Run"


def in_turn(what: str) -> Callable[[Callable], Callable]:
    """Wrap a handler, as ``guarded`` does, that changes a visit's runs: what is pressed while it works is done by it.

    All such handlers have the same outputs. The handler takes a visit, which has a ``turn``.
    """

    def wrap(handler: Callable) -> Callable:
        work = guarded(handler)

        @functools.wraps(handler)
        def queued(self: Any, *args: Any) -> Iterator[Update]:
            turn = next(arg.turn for arg in args if hasattr(arg, "turn"))

            def call() -> Iterator[Update]:
                found = work(self, *args)
                return iter([found]) if isinstance(found, dict) else found

            try:
                begun = turn.take(what, call)
            except UserError as error:
                yield {self.status: status(told(error), "error")}
                return
            if not begun:
                yield {self.status: status(f"{what} follows as soon as the step in progress, or the work, has ended.")}
                return
            try:
                now: Call | None = call
                while now is not None:
                    yield from now()
                    now = turn.following()
                yield unchanged(self)  # Gradio sends the last one twice
            finally:
                turn.end()

        return queued

    return wrap
