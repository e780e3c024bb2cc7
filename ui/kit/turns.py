"""Who computes now: so many at a time, and where others wait, each for a short while and then the next in line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fuse_core.common.errors import UserError

MOST_OWN = 8  # works of one visit
# Seconds of its thread's processor time that a work computes while others wait: at first more than a usual step takes,
# for steps that share the time are all done as late as the last, and hold their memory until then; afterwards, where it
# takes longer than that, few at a time. On the clock a usual step takes the longer, the busier the machine is.
FIRST_SLICE, SLICE = 4.0, 1.0
POLL = 0.25  # seconds between two looks at whether a wait was given up


class Turn:
    """A work in line or computing.

    Attributes
    ----------
    visit : str
    """

    def __init__(self, visit: str) -> None:
        self.visit = visit
        self.began, self.before = 0.0, 0.0  # when it last began to compute, and how long it had computed until then
        self.processor = 0.0  # its thread's time when it last began
        self.has_come = threading.Event()

    @property
    def seconds(self) -> float:
        """For how long it has computed; waiting does not count."""
        return self.before + (time.monotonic() - self.began if self.has_come.is_set() else 0.0)


class Turns:
    """The line of all visits' works. Safe across threads.

    A visit has several places only while nobody else waits for one. A turn ends where the work allows it, see
    ``progress.checkpoint``: not while it makes what others wait for.

    Parameters
    ----------
    places : int
        Works computed at a time.
    most : int
        Works in line and computing; more are refused.
    """

    def __init__(self, places: int, most: int) -> None:
        self.places, self.most = places, most
        self._guard = threading.Lock()
        self._working: list[Turn] = []
        self._waiting: list[Turn] = []

    @contextmanager
    def taken(self, turn: Turn, waiting: Callable[[str], None]) -> Iterator[Callable[[], None]]:
        """Wait in line and compute in the block; yields what to call between batches, which lets others go first.

        Parameters
        ----------
        waiting : callable
            Told now and then, in words, what is waited for. What it raises ends the wait.

        Raises
        ------
        UserError
            When the line is too long, or the visit has too many works.
        """
        with self._guard:
            works = [*self._working, *self._waiting]
            if sum(other.visit == turn.visit for other in works) >= MOST_OWN:
                raise UserError(f"{MOST_OWN} works of yours are under way already.", "Wait for one, or cancel it.")
            if len(works) >= self.most:
                raise UserError(f"{self.most} works are under way or waiting already.", "Try again in a minute.")
            self._line_up(turn)
        try:
            self._wait(turn, waiting)
            yield lambda: self._let_others_go(turn, waiting)
        finally:
            self.leave(turn)

    def leave(self, turn: Turn) -> None:
        """The next may compute; nothing happens where the turn is over already."""
        with self._guard:
            for line in (self._working, self._waiting):
                if turn in line:
                    line.remove(turn)
            self._admit()

    def __len__(self) -> int:
        """Works that wait."""
        return len(self._waiting)

    def _let_others_go(self, turn: Turn, waiting: Callable[[str], None]) -> None:
        if time.thread_time() - turn.processor < (SLICE if turn.before else FIRST_SLICE):
            return
        with self._guard:
            if turn not in self._working or not self._waiting:
                return
            self._working.remove(turn)
            turn.before = turn.seconds
            turn.has_come.clear()
            self._line_up(turn)
        self._wait(turn, waiting)

    def _line_up(self, turn: Turn) -> None:
        self._waiting.append(turn)
        self._admit()

    def _wait(self, turn: Turn, waiting: Callable[[str], None]) -> None:
        while not turn.has_come.wait(POLL):
            waiting(self._place(turn))
        turn.processor = time.thread_time()

    def _admit(self) -> None:
        while self._waiting and len(self._working) < self.places:
            busy = {turn.visit for turn in self._working}
            turn = next((turn for turn in self._waiting if turn.visit not in busy), self._waiting[0])
            self._waiting.remove(turn)
            self._working.append(turn)
            turn.began = time.monotonic()
            turn.has_come.set()

    def _place(self, turn: Turn) -> str:
        with self._guard:
            place = self._waiting.index(turn) if turn in self._waiting else 0
            if all(other.visit == turn.visit for other in (*self._working, *self._waiting[:place])):
                return "Waiting for your other work"
        return f"Waiting for others, you are number {place + 1} in line"
