"""Things made once, however many threads ask for them at the same time."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import TypeVar

from fuse_core.common.progress import Progress, undisturbed

T = TypeVar("T")
POLL = 0.25  # seconds between two looks at whether a wait is over


def acquire_patiently(acquire: Callable[[float], bool], waiting: Callable[[], object]) -> None:
    """Acquire a lock, of threads or of processes, and stay able to say so and to give up meanwhile.

    Parameters
    ----------
    acquire : callable
        Takes a number of seconds to try for; whether the lock was had.
    waiting : callable
        Called after every try without success. What it raises ends the wait.
    """
    while not acquire(POLL):
        waiting()


class OncePerKey:
    """What was made, by key, for as long as the process lives. Safe across threads."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}
        self._locks: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)
        self._news: dict[Hashable, tuple[float, str]] = {}
        self._guard = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        """Whether it is made already."""
        return key in self._made

    @property
    def keys(self) -> list[Hashable]:
        """Of all that is made."""
        return list(self._made)

    def get(self, key: Hashable, make: Callable[[], T], progress: Progress | None = None) -> T:
        """What ``make`` returns, made at most once per key; what it raises lets the next one try.

        Parameters
        ----------
        progress : callable, optional
            Told, while another thread makes it, what that thread reports through ``reporting``. What it raises ends
            the wait and leaves the other thread at work.
        """
        with self._guard:
            lock = self._locks[key]

        def waiting() -> None:
            if progress and (news := self._news.get(key)):
                progress(*news)

        acquire_patiently(lambda seconds: lock.acquire(timeout=seconds), waiting)
        try:
            if key not in self._made:
                with undisturbed():  # others wait for it
                    self._made[key] = make()
            return self._made[key]  # type: ignore[return-value]
        finally:
            self._news.pop(key, None)
            lock.release()

    def reporting(self, key: Hashable, progress: Progress | None = None) -> Progress:
        """A progress report for the making of ``key`` that reaches those who wait for it, too."""

        def report(share: float, what: str) -> None:
            self._news[key] = share, what
            if progress:
                progress(share, what)

        return report
