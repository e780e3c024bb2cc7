"""The methods by name, and a run's steps, taken by its method."""

from __future__ import annotations

from dataclasses import replace
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
    """One step of the configured method, here or where the problem's steps are taken.

    Raises
    ------
    UserError
        When nothing can be tried any more.
    """
    if problem.elsewhere:
        return problem.elsewhere(before, index)
    words = problem.word_filter
    filtered_before = words.n_filtered if words else 0
    step = METHODS[problem.config.method].step(problem, before, index)
    return replace(step, n_filtered=words.n_filtered - filtered_before) if words else step
