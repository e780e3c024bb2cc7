"""When a run has gone on long enough: nothing better is found, or it has what it was to reach."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.search.config import CaptionConfig
from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.methods.gcg_settings import GCGSettings
from fuse_core.search.records import Step

PATIENCE = 3  # steps


def best_stands(steps: Sequence[Step], config: CaptionConfig) -> bool:
    """Whether the best finished prompt is as old as ``PATIENCE`` steps, so that a run had better stop.

    A heuristic. On 16 pictures to choose settings by, in runs of 8 steps, 3 steps of patience stopped no run; 2 would
    have stopped three, two of which found better captions later, and 1 fourteen, all of which did. What is certain (a
    token costs no less than 0 nats, a target's loss is not below 0) stopped none either, at any of 112 steps, nor did
    the least picture loss so far in place of 0: the mean over the tokens falls with every likely one. A step written by
    hand begins the count anew, and before the first finished prompt there is nothing to wait for.
    """
    if not ends_freely(config) or any(step.edited for step in steps[-PATIENCE:]):
        return False
    before, since = (
        [beam.objective or 0.0 for step in part for beam in step.finished_prompts]
        for part in (steps[:-PATIENCE], steps[-PATIENCE:])
    )
    return bool(before) and min(before) <= min(since, default=min(before))


def stop_reason(steps: Sequence[Step], config: CaptionConfig) -> str:
    """Why a run stops before all its steps are taken, a clause; empty where it goes on."""
    if best_stands(steps, config):
        return f"none has improved in {PATIENCE} steps"
    own = config.method_settings
    if not isinstance(own, GCGSettings):
        return ""
    if own.stop_loss is not None and any((b.objective or 0.0) <= own.stop_loss for b in steps[-1].beams):
        return f"the objective is at most {own.stop_loss:g}"
    if own.early_stop == "target" and steps[-1].target_reached:
        return "every token of the text to follow is the likeliest one"
    return ""
