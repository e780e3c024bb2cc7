"""What a caption run comes to when it is guided by a given adapter's gradient, or by none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.methods.registry import start_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.session import Session


def caption_objective(
    library: Library,
    config: CaptionConfig,
    image: Image.Image,
    route: Callable[[Problem], GradientRoute] | None,
    progress: Progress,
) -> float:
    """The best prompt's objective after all steps, lower is better. Cost: that of a run.

    Parameters
    ----------
    route : callable or None
        The gradient route of the one target, in place of the run's own; None leaves the run as its settings have it.
    """
    problem = caption_problem(library, config, image, progress)
    if route is not None:
        problem = replace(problem, routes=(route(problem),))
    session = Session(problem, (image,), [start_step(problem)])
    while not session.finished:
        progress(session.position / config.steps, f"Step {session.position + 1} of {config.steps}")
        session.step()
    return min(step.beams[0].objective or 0.0 for step in session.steps[1:])
