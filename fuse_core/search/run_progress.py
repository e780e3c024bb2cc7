"""Where a run stands, read off its steps: the same for a run at work and for one that lies in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.config import CaptionConfig
from fuse_core.search.early_stop import stop_reason
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
        """Whether all steps are taken, or there is a reason to stop before."""
        return is_over(self.steps, self.config)

    @property
    def best(self: HasSteps) -> Beam:
        """The best finished prompt so far, and before there is one, the prompt of lowest objective."""
        return best_beam(self.steps, self.config)


def is_over(steps: Sequence[Step], config: CaptionConfig) -> bool:
    """Whether all steps are taken, or there is a reason to stop before."""
    return len(steps) > config.steps or bool(stop_reason(steps, config))


def best_beam(steps: Sequence[Step], config: CaptionConfig | None = None) -> Beam:
    """The prompt of lowest objective over all steps, of the finished ones if any; the empty one when there is none.

    Under a loss that is a sum over tokens, of those with the most tokens: each token more makes any prompt worse.
    """
    finished = [b for _, b in finished_captions(steps)]
    found = finished or [b for step in steps for b in step.beams if b.objective is not None]
    if config and config.lm_weight and LOSSES[config.lm_loss].is_sum:
        longest = max((len(b.ids) for b in found), default=0)
        found = [b for b in found if len(b.ids) == longest]
    return min(found, key=lambda b: b.objective if b.objective is not None else 0.0) if found else Beam()


def finished_captions(steps: Sequence[Step]) -> list[tuple[int, Beam]]:
    """The distinct finished prompts of all steps, best first, each with the step that found it."""
    found: dict[str, tuple[int, Beam]] = {}
    for step in steps:
        for beam in step.finished_prompts:
            found.setdefault(beam.text, (step.index, beam))
    return sorted(found.values(), key=lambda place: (place[1].objective or 0.0, place[1].text))
