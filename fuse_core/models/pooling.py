"""How a text's vector is made of its tokens' states, as sentence-transformers' files say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.models.checkpoint import Checkpoint

# Last hidden states (batch, tokens, d) and mask (batch, tokens), special tokens included -> (batch, width).
StatesReader = Callable[[Tensor, Tensor], Tensor]
KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")


def mean_pooled(states: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors of texts: their tokens' states, special tokens included, on average."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return F.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)


def first_pooled(states: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors of texts: the state of the first token, [CLS]."""
    return F.normalize(states[:, 0], dim=-1)


def last_pooled(states: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors of texts: the state of the last token."""
    return F.normalize(states[torch.arange(len(states), device=states.device), mask.sum(1) - 1], dim=-1)


def max_pooled(states: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors of texts: the largest of each number over the tokens."""
    return F.normalize(states.masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).amax(1), dim=-1)


POOLINGS: dict[str, StatesReader] = {
    "mean": mean_pooled,
    "cls": first_pooled,
    "lasttoken": last_pooled,
    "max": max_pooled,
}


def pooling_of(checkpoint: Checkpoint) -> StatesReader:
    """The pooling of a checkpoint; the mean where it says nothing. Vectors are of unit length in any case.

    Raises
    ------
    UserError
        When it asks for what is not known here: several poolings at once, or further layers.
    """
    modules = [str(m.get("type", "")).rsplit(".", 1)[-1] for m in checkpoint.json("modules.json") or []]
    settings: dict[str, Any] = checkpoint.json("1_Pooling/config.json") or {"pooling_mode": "mean"}
    names = {"mean": "mean_tokens", "cls": "cls_token", "lasttoken": "lasttoken", "max": "max_tokens"}
    prefix = "pooling_mode_"
    asked = [key for key, on in settings.items() if key.startswith(prefix) and on is True]
    found = [POOLINGS[name] for name, key in names.items() if prefix + key in asked]
    if settings.get("pooling_mode") in POOLINGS:  # newer files name it
        asked, found = ["pooling_mode"], [POOLINGS[settings["pooling_mode"]]]
    if len(found) != 1 or len(asked) != 1 or not set(modules) <= set(KNOWN_MODULES):
        what = ", ".join(m for m in modules if m not in KNOWN_MODULES) or ", ".join(asked) or "no pooling"
        raise UserError(f"'{checkpoint.name}' makes its vectors by {what}, which is not known here.", "Choose another.")
    return found[0]
