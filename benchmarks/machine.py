"""What a measurement ran on, for people."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path


def described() -> str:
    """The processor, how many cores of it, and the Python."""
    name = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{len(os.sched_getaffinity(0))} cores of {name}, Python {platform.python_version()}"
