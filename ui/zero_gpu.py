"""ZeroGPU Spaces, which lend a GPU to one function at a time: steps of a run are taken there, all else is done here.

The host's package ``spaces`` runs the function in a process of its own. Into it go settings, pictures and the step
before, out of it comes the new step: plain values, and nothing that lives in a visitor's state.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from fuse_core.common.devices import CPU
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.goal import Goal
from fuse_core.search.methods.registry import take_step
from fuse_core.search.problem import caption_problem
from fuse_core.search.records import Step

log = logging.getLogger(__name__)

VARIABLE = "SPACES_ZERO_GPU"
CUDA = ("12", "13")  # that the host's package knows, version 0.51
NEWEST = (2, 8, 0)  # PyTorch in the list of the host's documentation (docs/hub/spaces-zerogpu.md of hub-docs)
LOADING = 15  # seconds, for a worker that has no models yet
JUDGED = 100  # prompts a second and model: the processor's pace, so that the host ends no step that goes on


def lends() -> bool:
    """Whether the host lends GPUs so."""
    return os.environ.get(VARIABLE, "").lower() in ("1", "t", "true")


def zero_gpu_library(dtype: str | None) -> Library:
    """The page's library on such a host. To be made before anything asks for a GPU.

    Raises
    ------
    UserError
        For a PyTorch that the host lends no GPU to.
    """
    check_torch(torch.__version__, torch.version.cuda)
    import spaces  # type: ignore[import-not-found]  # the host's own

    library = Library(device=CPU, dtype=dtype)
    library.elsewhere = steps_elsewhere(spaces.GPU, lambda: Library(device="cuda", dtype=dtype))
    return library


def check_torch(version: str, cuda: str | None) -> None:
    """Look whether the host lends GPUs to a PyTorch: its package takes any, and fails at the first step.

    Parameters
    ----------
    cuda : str or None
        What it was built for.

    Raises
    ------
    UserError
        When that is none of the host's.
    """
    if (cuda or "").partition(".")[0] not in CUDA:
        built = f"CUDA {cuda}" if cuda else "processors alone"
        raise UserError(
            f"PyTorch {version} is built for {built}; ZeroGPU lends GPUs to builds for CUDA {' and '.join(CUDA)}.",
            "Install such a build by requirements.txt, or choose other hardware for the Space.",
        )
    if tuple(map(int, re.findall(r"\d+", version)[:3])) > NEWEST:
        newest = ".".join(map(str, NEWEST))
        log.warning(
            "PyTorch %s is newer than %s, the newest that ZeroGPU's documentation listed when this was written. If "
            "steps fail, name one of its list in requirements.txt.",
            version,
            newest,
        )


def steps_elsewhere(gpu: Callable[..., Any], new_library: Callable[[], Library]) -> Callable[..., Step]:
    """What takes a step in the worker: (settings, pictures, the step before, number of the new one) -> the new step.

    Parameters
    ----------
    gpu : callable
        The host's decorator.
    new_library : callable
        Called in the worker, whose models stay while it lives.
    """
    library = cache(new_library)

    def step_on_gpu(config: dict[str, Any], goal: Goal, before: Step, index: int) -> Step | tuple[str, str]:
        torch.set_num_threads(1)  # threads of the process that this one is a copy of are not here
        try:
            return take_step(caption_problem(library(), CaptionConfig(**config), goal), before, index)
        except UserError as error:  # of other errors the host tells the kind alone
            return error.problem, error.remedy

    marked = gpu(step_on_gpu, duration=seconds)

    def step_elsewhere(config: CaptionConfig, goal: Goal, before: Step, index: int) -> Step:
        found = marked(config.as_dict(), goal, before, index)
        if isinstance(found, Step):
            return found
        raise UserError(*found)

    return step_elsewhere


def seconds(config: dict[str, Any], goal: Goal, before: Step, index: int) -> int:
    """An upper estimate of a step's time, from its settings."""
    settings = CaptionConfig(**config)
    judged = settings.width * settings.method_settings.judged * (1 + len(settings.targets))
    return LOADING + -(-judged // JUDGED)
