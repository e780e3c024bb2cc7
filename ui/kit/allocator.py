"""How many heaps the C library keeps for the threads of the program.

glibc makes up to eight a core, gives a new thread the next, and keeps in each what its threads have freed: a page whose
works run in threads of their own would hold hundreds of megabytes that nothing uses, and more with every step.
"""

from __future__ import annotations

import ctypes
import os

VARIABLE = "MALLOC_ARENA_MAX"  # glibc's own, for whoever runs the app
MOST = 2
M_ARENA_MAX = -8  # of glibc's malloc.h


def limit_heaps(most: int = MOST) -> bool:
    """Let threads share so many heaps, from those on that begin now; whether that could be had.

    Not where ``MALLOC_ARENA_MAX`` says how many, nor where the C library is not glibc.
    """
    if VARIABLE in os.environ:
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # no such function; Windows has no library of that name
        return False
    return mallopt(M_ARENA_MAX, most) == 1
