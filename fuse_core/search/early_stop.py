"""When a run whose prompts compete as finished ones has gone on long enough."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.search.config import CaptionConfig
from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.records import Step

PATIENCE = 3  # steps


def best_stands(steps: Sequence[Step], config: CaptionConfig) -> bool:
    """Whether the best finished prompt is as old as ``PATIENCE`` steps, so that a run had better stop.

    A heuristic. What is certain (no token costs less than 0 nats, and no loss of a target is below 0) never stops a
    run: the mean over the tokens falls with every likely one, whatever the prompt. A step written by hand begins the
    count anew, and before the first finished prompt there is nothing to wait for.
    """
    if not ends_freely(config) or any(step.edited for step in steps[-PATIENCE:]):
        return False
    before, since = (
        [beam.objective or 0.0 for step in part for beam in step.finished_prompts]
        for part in (steps[:-PATIENCE], steps[-PATIENCE:])
    )
    return bool(before) and min(before) <= min(since, default=min(before))
