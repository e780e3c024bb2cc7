"""The methods by name: how each begins, and how it takes a step from the one before."""

from __future__ import annotations

from collections.abc import Callable

from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.methods.gcg import gcg_step
from fuse_core.search.methods.pez import pez_step
from fuse_core.search.methods.random_search import random_step
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.start import start_beam

# Problem, the step before, number of the new step -> the new step.
TAKE: dict[str, Callable[[Problem, Step, int], Step]] = {
    "autodan": lambda problem, before, index: autodan_step(problem, before.beams, index),
    "gcg": gcg_step,
    "pez": pez_step,
    "random": random_step,
}


def start_step(problem: Problem) -> Step:
    """The state before the first step: the empty prompt for AutoDAN, the prompt to change for the others."""
    return Step(index=0, beams=(Beam(),) if problem.config.method == "autodan" else (start_beam(problem),))


def take_step(problem: Problem, before: Step, index: int) -> Step:
    """One step of the configured method.

    Raises
    ------
    UserError
        When nothing can be tried any more.
    """
    return TAKE[problem.config.method](problem, before, index)
