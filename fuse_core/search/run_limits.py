"""Whether a run's settings ask for no more work than is allowed, looked at before any of it is done."""

from __future__ import annotations

from fuse_core.common.limits import Limits
from fuse_core.search.config import CaptionConfig

FIELDS = ("steps", "beams", "candidates", "inner_steps", "length")  # limits by the names of settings


def check_run(config: CaptionConfig, limits: Limits) -> None:
    """Raise ``UserError``, naming the limit, where a run would go beyond one."""
    values = config.as_dict()
    for name in FIELDS:
        if name in values:
            limits.check(name, values[name])
    limits.check("length", values.get("initial_tokens", 0), "Initial tokens")
    judged = config.width * config.method_settings.judged
    limits.check("evaluations", judged, "Prompts judged in a step (beams × candidates)")
