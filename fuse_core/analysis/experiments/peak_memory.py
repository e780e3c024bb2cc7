"""How far a piece of work raises the memory of this process."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
OWN = Path("/proc/self")


def with_peak_memory(work: Callable[[], T]) -> tuple[T, float | None]:
    """What the work returns, and the bytes by which it raised the peak over what was held before.

    None where the system does not tell: Linux alone forgets a peak on request. Memory that was freed before and not
    given back to the system is not seen, so the figure is a lower bound.
    """
    told = False
    with suppress(OSError):
        (OWN / "clear_refs").write_text("5")
        told = True
    before = _bytes("VmRSS") if told else 0.0
    found = work()
    return found, max(0.0, _bytes("VmHWM") - before) if told else None


def _bytes(name: str) -> float:
    found = re.search(rf"(?m)^{name}:\s+(\d+) kB", (OWN / "status").read_text())
    return 1024.0 * int(found[1]) if found else 0.0
