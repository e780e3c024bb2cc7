"""One row of ids that a causal language model has read: rows that begin as it does cost the rest of their tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from fuse_core.models.prompt_cache import at_places
from fuse_core.tensor.precision import widened


class RowCache:
    """Keys and values of a row, and its logits at some places. Construction is one forward pass.

    Parameters
    ----------
    network : PreTrainedModel
        An ``AutoModelForCausalLM``.
    ids : sequence of int
    places : range
        Where logits are wanted.
    counted : callable
        Called at every forward pass, this one included.

    Attributes
    ----------
    logits : Tensor, shape = (places, vocabulary)
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, ids: Sequence[int], places: range, counted: Callable[[], None]) -> None:
        self.network, self.counted = network, counted
        self._device = network.get_input_embeddings().weight.device  # type: ignore[operator]
        cache = DynamicCache(config=network.config)  # type: ignore[arg-type]
        self.logits = self._read([ids], cache, places)[0]
        layers: list = list(cache.layers)  # whose types know of layers without keys, too
        self._layers: list[tuple[Tensor, Tensor]] = [(layer.keys, layer.values) for layer in layers]
        self.is_whole = all(keys.shape[2] == len(ids) for keys, _ in self._layers)  # no layer forgot the first ids

    @torch.no_grad()
    def after(self, shared: int, rows: Sequence[Sequence[int]], places: range) -> Tensor:
        """Logits at some places of rows of one length that follow the row's first ``shared`` ids.

        Parameters
        ----------
        shared : int
            0 or more; only where ``is_whole``.
        rows : sequence of sequence of int
            What follows those ids.
        places : range
            Counted in what follows.

        Returns
        -------
        Tensor, shape = (rows, places, vocabulary)
        """
        cache = DynamicCache(config=self.network.config)  # type: ignore[arg-type]
        for k, (keys, values) in enumerate(self._layers if shared else ()):
            kept_keys, kept_values = (part[:, :, :shared].expand(len(rows), -1, -1, -1) for part in (keys, values))
            cache.update(kept_keys, kept_values, k)
        return self._read(rows, cache, places)

    def _read(self, rows: Sequence[Sequence[int]], cache: DynamicCache, places: range) -> Tensor:
        self.counted()
        ids = torch.tensor(rows, device=self._device)
        read = {"input_ids": ids, "past_key_values": cache, "use_cache": True}
        return widened(self.network(**read, **at_places(places, self._device)).logits)
