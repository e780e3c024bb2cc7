"""Heaps of the C library: as many as were asked for, however many threads allocate."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ui.kit.allocator import MOST, VARIABLE, FreedMemory

REPOSITORY = Path(__file__).resolve().parents[3]
# Threads that hold memory at the same time, and the heaps that glibc then tells of.
ALLOCATE = """
import ctypes, threading
from ui.kit.allocator import limit_heaps
print(limit_heaps())
libc, together = ctypes.CDLL(None), threading.Barrier(6)
libc.malloc.restype = ctypes.c_void_p

def allocate():
    held = libc.malloc(1000)
    together.wait(20)
    libc.free(ctypes.c_void_p(held))

threads = [threading.Thread(target=allocate) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def heaps(**variables: str) -> tuple[str, int]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | variables
    told = subprocess.run(
        [sys.executable, "-u", "-c", ALLOCATE],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return told.split()[0], told.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc alone")
def test_threads_share_a_few_heaps_unless_whoever_runs_the_app_says_how_many():
    assert heaps() == ("True", MOST)
    assert heaps(MALLOC_ARENA_MAX="4") == ("False", 4)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc alone")
def test_freed_memory_is_given_back_once_in_a_while():
    memory = FreedMemory(apart=60.0)
    assert memory.give_back()
    assert not memory.give_back()
    assert FreedMemory(apart=0.0).give_back()
