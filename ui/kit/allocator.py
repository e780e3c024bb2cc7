"""What the C library keeps of the memory that threads of the program have freed.

glibc makes up to eight heaps a core, gives a new thread the next, and keeps in each what its threads have freed: a page
whose works run in threads of their own would hold hundreds of megabytes that nothing uses, and more with every step.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable

VARIABLE = "MALLOC_ARENA_MAX"  # glibc's own, for whoever runs the app
MOST = 2
M_ARENA_MAX = -8  # of glibc's malloc.h
APART = 10.0  # seconds: after every step it took a tenth more of the processor's time


def limit_heaps(most: int = MOST) -> bool:
    """Let threads share so many heaps, from those on that begin now; whether that could be had.

    Not where ``MALLOC_ARENA_MAX`` says how many, nor where the C library is not glibc.
    """
    if VARIABLE in os.environ:
        return False
    mallopt = _of_the_c_library("mallopt")
    return mallopt is not None and mallopt(M_ARENA_MAX, most) == 1


def _of_the_c_library(name: str) -> Callable[..., int] | None:
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # no such function; Windows has no library of that name
        return None


class FreedMemory:
    """Gives the system back what heaps keep, every so often. Safe across threads; does nothing without glibc."""

    def __init__(self, apart: float = APART) -> None:
        self._apart, self._next, self._guard = apart, 0.0, threading.Lock()
        self._trim = _of_the_c_library("malloc_trim")

    def give_back(self) -> bool:
        """Whether it was time to; milliseconds, during which threads that allocate may wait."""
        if self._trim is None:
            return False
        with self._guard:
            if time.monotonic() < self._next:
                return False
            self._next = time.monotonic() + self._apart
        self._trim(0)
        return True
