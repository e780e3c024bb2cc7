"""How much memory is free."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

LIMITS = (  # of a container, and what is taken of it: version 2 of the kernel's control groups, and version 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available() -> int:
    """Bytes that the processor's memory has free, of the machine and of the container that this runs in."""
    import psutil

    free = psutil.virtual_memory().available
    for limit, used in LIMITS:
        with suppress(OSError, ValueError):  # no such limit, or "max"
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
    return max(free, 0)


def gigabytes(size: int) -> str:
    """For people."""
    return f"{size / 1e9:.1f} GB"
