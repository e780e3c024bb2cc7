"""Settings that differ, in words: between the steps of a run, and between two runs."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig, config_options
from ui.optimise import settings
from ui.optimise.visit_state import VisitState


def changes(before: CaptionConfig, after: CaptionConfig) -> list[str]:
    """Each setting that differs, as "seed 0 → 1"; what one of two methods alone can be told is left out."""
    one, other, options = before.as_dict(), after.as_dict(), config_options()
    names = [name for name in one if name in other and one[name] != other[name]]
    labels = {name: options[name].label.lower() if name in options else name for name in names}
    return [f"{labels[name]} {_plain(one[name])} → {_plain(other[name])}" for name in names]


def changed_before(configs: Sequence[CaptionConfig], index: int) -> str:
    """The settings that changed before a step; empty where none did, and at the start."""
    if not 0 < index < len(configs) or configs[index] is configs[index - 1]:
        return ""
    return "; ".join(changes(configs[index - 1], configs[index]))


def pending(visit: VisitState, base: CaptionConfig, *values) -> str:
    """What the panel says of settings that the run on show does not have yet."""
    if visit.run is None or not visit.run.position:
        return ""
    try:
        config = settings.read(base, *values)
    except UserError:
        return ""  # said when a step is asked for
    changed = "; ".join(changes(visit.run.config, config))
    if not changed:
        return ""
    if config.objective_fields() != visit.run.config.objective_fields():
        return f"Changed: {changed}. The steps so far were measured without it: Reset to start over, or change it back."
    return f"Changed: {changed}. Applies from the next step."


def _plain(value: object) -> str:
    if isinstance(value, list):
        named = [str(item.get("label", item.get("kind"))) if isinstance(item, dict) else item for item in value]
        return ", ".join(named) or "none"
    return "none" if value in ("", None) else str(value)
