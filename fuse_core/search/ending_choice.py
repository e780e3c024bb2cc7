"""Whether captions compete as finished ones, and when that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.methods.method import AppendingSettings

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig


def ends_freely(config: CaptionConfig) -> bool:
    """Whether prompts compete as finished ones: by the setting, or under ``auto`` where that can be.

    Raises
    ------
    UserError
        When it is asked for and cannot be: only a mean over the prompt's tokens can take an end as one token more, and
        only a method that appends makes prompts of any length.
    """
    own = config.method_settings
    if not isinstance(own, AppendingSettings) or own.ending == "fixed":
        return False
    why = f"the loss {config.lm_loss} is no mean over its tokens" if not LOSSES[config.lm_loss].is_running_mean else ""
    why = why or ("a suffix follows the caption" if config.suffix else "")
    if why and own.ending == "free":
        raise UserError(f"'ending' cannot be 'free': {why}.", "Choose 'auto' or 'fixed'.", ("ending",))
    return not why
