"""What the figures and tables of the Optimise tab were made with."""

from __future__ import annotations

from fuse_core.common.errors import UserError
from ui.kit.about import About, of_config
from ui.optimise.visit_state import VisitState


def about(visit: VisitState) -> About:
    """The run on show: its settings, what it came to, the step under the lens, and the other run's settings."""
    config, step = visit.config, visit.shown
    if config is None or step is None:
        raise UserError("There is no step to save yet.", "Press Step first.")
    more = {"caption": visit.best.text.strip(), "steps taken": len(visit.steps) - 1, "step on show": step.index}
    other = visit.runs.get(visit.other)
    if other is not None:
        more |= {f"run {visit.other}": other.config.as_dict(), "settings below": f"run {visit.active}"}
    return of_config(config, visit.picture_name, **more)
