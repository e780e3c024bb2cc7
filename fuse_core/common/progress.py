"""Progress of long work: a callable that takes the share done (0 to 1) and what is being done, and may end it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]


class Cancelled(Exception):
    """Long work was asked to stop; a progress callback may raise it."""


def part_of(report_progress: Progress, low: float, high: float, prefix: str = "") -> Progress:
    """Progress of a part, told as the shares ``low`` to ``high`` of the whole; after a prefix the words go on small."""

    def report_part(share: float, what: str) -> None:
        report_progress(low + share * (high - low), prefix + what[:1].lower() + what[1:] if prefix else what)

    return report_part
