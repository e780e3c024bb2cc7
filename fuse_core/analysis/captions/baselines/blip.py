"""What BLIP (Li et al. 2022) writes, a model trained on millions of captions."""

from __future__ import annotations

from fuse_core.analysis.captions.baselines.baseline import Baseline, Task, Write
from fuse_core.models.known.blip import KEY


def begin(task: Task) -> Write:
    """Load the model: from the hub's cache, or the hub."""
    captioner = task.library.captioner(KEY)
    return lambda name, picture: captioner.caption(picture)


BASELINE = Baseline(name="blip", order=3, help="BLIP base, a model trained for captions, from a hub", begin=begin)
