"""The methods by name, and a run's steps, taken by its method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.registry import Registry
from fuse_core.search.methods.method import Method
from fuse_core.search.records import Step

if TYPE_CHECKING:
    from fuse_core.search.problem import Problem

METHODS: Registry[Method] = Registry("fuse_core.search.methods", "METHOD")


def idle_note(step: Step, method: str) -> str:
    """What to say of a step that found no new prompt, and what to do; empty for any other."""
    return f"No new prompt was found. {METHODS[method].when_idle}" if step.is_idle else ""


def start_step(problem: Problem) -> Step:
    """The state before the first step."""
    return Step(index=0, beams=(METHODS[problem.config.method].start(problem),))


def take_step(problem: Problem, before: Step, index: int) -> Step:
    """One step of the configured method.

    Raises
    ------
    UserError
        When nothing can be tried any more.
    """
    return METHODS[problem.config.method].step(problem, before, index)
