"""Where a run stands, read off its steps: the same for a run at work and for one that lies in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Beam, Step


class HasSteps(Protocol):
    """Steps taken, the start first, under some settings."""

    @property
    def steps(self) -> list[Step]: ...

    @property
    def config(self) -> CaptionConfig: ...


class RunProgress:
    """To be inherited by whatever has steps and settings."""

    @property
    def position(self: HasSteps) -> int:
        """Steps taken."""
        return len(self.steps) - 1

    @property
    def finished(self: HasSteps) -> bool:
        return len(self.steps) > self.config.steps

    @property
    def best(self: HasSteps) -> Beam:
        """The prompt of lowest objective so far."""
        return best_beam(self.steps)


def best_beam(steps: Sequence[Step]) -> Beam:
    """The prompt of lowest objective over all steps; the empty prompt when there was no step."""
    found = [b for step in steps for b in step.beams if b.objective is not None]
    return min(found, key=lambda b: b.objective if b.objective is not None else 0.0) if found else Beam()
