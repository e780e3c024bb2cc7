"""The first layers of a causal network, run by themselves: hidden states of single tokens without the whole model."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from fuse_core.common.errors import UserError
from fuse_core.models.settings_check import network_digest, settings_of
from fuse_core.tensor.precision import widened


class FirstLayers:
    """The layers of a network up to some depth; they share its weights.

    Parameters
    ----------
    network : PreTrainedModel
        An ``AutoModelForCausalLM`` whose layers are one ``ModuleList`` of its base model, or of a part of that (OPT).
    layers : sequence of int
        Which layers' outputs are wanted, from 1, ascending. Those after the last one are not run.
    start_id : int or None
        The token before every token.
    """

    def __init__(self, network: nn.Module, layers: Sequence[int], start_id: int | None) -> None:
        base, name, stack = _stack(network)
        self._config, self.start_id = network.config, start_id
        self._settings = settings_of(network)
        self._blocks = [_Recorded(block) for block in list(stack)[: layers[-1]]]
        self._wanted = [self._blocks[k - 1] for k in layers]
        # A copy of the outermost module alone: the original keeps all its layers, whoever uses it meanwhile.
        self._network = copy.copy(base)
        self._network._modules = {**base._modules, name: nn.ModuleList(self._blocks)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all weights that the hidden states depend on, and of the settings of a folder."""
        return network_digest(self._network, self._settings)

    @torch.no_grad()
    def after_start(self, ids: Tensor) -> list[Tensor]:
        """Hidden states of tokens that each follow the start token alone, by layer, each of shape (n, d).

        The start token's keys and values are computed once for all. ``O(n)`` tokens through the layers.
        """
        cache = None
        if self.start_id is not None:
            cache = DynamicCache(config=self._config)  # type: ignore[arg-type]
            start = torch.tensor([[self.start_id]], device=ids.device)
            self._network(input_ids=start, past_key_values=cache, use_cache=True)
            cache.batch_repeat_interleave(len(ids))
        self._network(input_ids=ids.unsqueeze(1), past_key_values=cache, use_cache=cache is not None)
        return [widened(block.output[:, 0]) for block in self._wanted]


def _stack(network: nn.Module) -> tuple[nn.Module, str, nn.ModuleList]:
    """The part that runs the layers, their name in it, and the layers: the outermost list of a network."""
    parts: list[nn.Module] = [network.base_model]  # type: ignore[list-item]
    for part in parts:
        for name, child in part.named_children():
            if isinstance(child, nn.ModuleList):
                return part, name, child
        parts.extend(part.children())
    raise UserError(f"A {type(network).__name__} has no list of layers.", "Choose a model of another architecture.")


def depth(network: nn.Module) -> int:
    """How many layers a causal network has."""
    return len(_stack(network)[2])


class _Recorded(nn.Module):
    """A layer that remembers its last output; in all else the layer itself."""

    output: Tensor

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("block"), name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        output = self.block(*args, **kwargs)
        self.output = output[0] if isinstance(output, tuple) else output
        return output
