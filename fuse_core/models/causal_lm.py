"""Causal language models from transformers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from fuse_core.models.batching import padded
from fuse_core.models.first_layers import FirstLayers, depth
from fuse_core.models.prompt_cache import PromptCache, at_places, last_logits, numbers_limit
from fuse_core.models.row_cache import RowCache
from fuse_core.models.wrapped import WrappedNetwork
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer


class TransformersLM(WrappedNetwork[nn.Module]):
    """A causal language model of the transformers library behind the ``CausalModel`` protocol.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
        Any ``AutoModelForCausalLM``; put in evaluation mode, its weights frozen.
    tokenizer : WordTokenizer
    start_id : int or None
        Token put before every text, so that the first token of a prompt without prefix has a probability too.

    Attributes
    ----------
    n_forward_passes : int
        Forward passes so far, for cost accounts.
    """

    def __init__(self, key: str, network: nn.Module, tokenizer: WordTokenizer, start_id: int | None) -> None:
        super().__init__(key, network, tokenizer)
        self.start_id = start_id
        self.n_forward_passes = 0
        self._numbers_limit = numbers_limit()

    @property
    def depth(self) -> int:
        """How many layers it has."""
        return depth(self.network)

    def first_layers(self, layers: Sequence[int]) -> FirstLayers:
        """Its layers up to the last of these, counted from 1, to be run by themselves; they share its weights."""
        return FirstLayers(self.network, layers, self.start_id)

    @torch.no_grad()
    def logits(self, ids: Sequence[Sequence[int]], places: range | None = None) -> Tensor:
        """Logits of a right-padded batch, shape = (batch, places or longest, vocabulary). One forward pass."""
        batch, mask = padded(ids, self.embedding_table.device)
        self.n_forward_passes += 1
        read = {"input_ids": batch, "attention_mask": mask, "use_cache": False}
        return widened(self.network(**read, **at_places(places, batch.device)).logits)

    @torch.no_grad()
    def next_logits(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Logits of the token after each of a right-padded batch, shape = (batch, vocabulary). One forward pass."""
        batch, mask = padded(ids, self.embedding_table.device)
        self.n_forward_passes += 1
        read = {"input_ids": batch, "attention_mask": mask, "use_cache": False}
        return last_logits(self.network, mask.sum(1) - 1, **read)

    def read(
        self,
        ids: Sequence[Sequence[int]],
        counted: Callable[[], None] = lambda: None,
        after: PromptCache | None = None,
    ) -> PromptCache:
        """Prompts with their keys and values kept, for continuations of several tokens. One forward pass.

        ``counted`` is called at this forward pass and at every later one of the result. ``after``: one prompt, read
        before, that these continue.
        """

        return PromptCache(self.network, ids, self._counting(counted), after, self._numbers_limit)

    def read_row(self, ids: Sequence[int], places: range, counted: Callable[[], None] = lambda: None) -> RowCache:
        """One row kept, with its logits at some places, for rows that begin as it does. One forward pass."""
        return RowCache(self.network, ids, places, self._counting(counted))

    def _counting(self, counted: Callable[[], None]) -> Callable[[], None]:
        def count() -> None:
            self.n_forward_passes += 1
            counted()

        return count

    def logits_from_embeddings(self, embeddings: Tensor, places: range | None = None) -> Tensor:
        """(batch, tokens, d) -> (batch, places or tokens, vocabulary), differentiable. One forward pass."""
        self.n_forward_passes += 1
        read = {"inputs_embeds": self.as_read(embeddings), "use_cache": False}
        return widened(self.network(**read, **at_places(places, embeddings.device)).logits)
