"""How many tokens a network has positions for."""

from __future__ import annotations

from typing import Any

from torch import nn

UNBOUNDED = 2048  # what a network without positions of its own (ALiBi) is read with


def context_length(network: nn.Module) -> int:
    """Context length in tokens, special tokens included.

    RoBERTa and its kin count positions from behind their padding id, so that they have fewer than their table has rows;
    their table says so by a padding row of its own. Where attention sees a sliding window alone, that is the length:
    in a batch padding stands between a prompt and what continues it, and would push the prompt out of the window.
    """
    config: Any = network.config.get_text_config()  # type: ignore[union-attr, operator]
    length = int(getattr(config, "max_position_embeddings", None) or UNBOUNDED)
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            length = min(length, module.num_embeddings - module.padding_idx - 1)
    window = getattr(config, "sliding_window", None)
    return min(length, int(window)) if window else length
