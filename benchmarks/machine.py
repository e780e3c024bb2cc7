"""What a measurement ran on, and what a server under it holds and logs."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from fuse_core.common.storage import cache_dir

FAILURE = re.compile(r'^Traceback|"error": "', re.MULTILINE)  # an error in a server's log, in either form


def masked(text: str) -> str:
    """A text without the folders of this machine: each that it names is told by what it is."""
    repository = Path(__file__).resolve().parents[1]
    places = {
        "‹cache›": cache_dir(),
        "‹Python›": Path(sys.prefix),
        "‹repository›": repository,
        "‹temporary›": Path(tempfile.gettempdir()),
        "~": Path.home(),
    }
    known = {str(spelled): name for name, place in places.items() for spelled in (place, place.resolve())}
    for folder in sorted(known, key=len, reverse=True):  # one may lie in another
        if len(folder) > 1:  # a home may be the root
            text = re.sub(rf"(?<![\w.-]){re.escape(folder)}(?![\w.-])", known[folder], text)
    return text


def write_report(file: Path, text: str) -> None:
    """Write what is kept with the program: of this machine it says what ``described`` does, and no folder."""
    file.write_text(masked(text), "utf-8")


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
