"""What a measurement ran on, and what a server under it holds and logs."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from pathlib import Path

import psutil

FAILURE = re.compile(r'^Traceback|"error": "', re.MULTILINE)  # an error in a server's log, in either form


def described() -> str:
    """The processor, how many cores of it, and the Python."""
    name = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{len(os.sched_getaffinity(0))} cores of {name}, Python {platform.python_version()}"


def own_memory(process: psutil.Process) -> float:
    """Megabytes that a process holds, without files that it maps, such as weights: the system drops those at need."""
    held = process.memory_info()
    return (held.rss - getattr(held, "shared", 0)) / 1e6


def forget_peak(process: psutil.Process) -> None:
    """Let ``peak_memory`` begin anew. Linux alone can."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def peak_memory(process: psutil.Process) -> float:
    """The most megabytes that a process held since ``forget_peak``, or since it began. Linux alone tells."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return int(re.findall(r"(?m)^VmHWM:\s+(\d+) kB", status)[0]) * 1024 / 1e6
