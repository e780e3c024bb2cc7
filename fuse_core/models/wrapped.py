"""A transformers network with its tokenizer: what all our wrappers of one have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Generic, Self, TypeVar

import torch
from torch import Tensor, nn

from fuse_core.tensor.digest import tensors_digest
from fuse_core.words.tokenizer import WordTokenizer

N = TypeVar("N", bound=nn.Module)


class WrappedNetwork(Generic[N]):
    """Satisfies the ``EmbeddingModel`` protocol.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
        Put in evaluation mode, its weights frozen.
    tokenizer : WordTokenizer
    """

    def __init__(self, key: str, network: N, tokenizer: WordTokenizer) -> None:
        self.key = key
        self.network = network.eval().requires_grad_(False)
        self.tokenizer = tokenizer

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        self.network.to(device)
        return self

    @property
    def embedding_table(self) -> Tensor:
        """Input embeddings, shape = (vocabulary, d)."""
        return self.network.get_input_embeddings().weight  # type: ignore[operator, union-attr]

    @property
    def weights_digest(self) -> str:
        """SHA-256 of all weights. Computed once: 0.6 GB a second."""
        return self._weights_digest

    @cached_property
    def _weights_digest(self) -> str:
        return tensors_digest(self.network.state_dict().items())

    @property
    def max_length(self) -> int:
        """Context length in tokens, special tokens included."""
        return int(self.network.config.max_position_embeddings)  # type: ignore[union-attr, arg-type]


class FramedNetwork(WrappedNetwork[N]):
    """One that reads every text between two special tokens.

    Parameters
    ----------
    begin_id, end_id : int
        For BERT [CLS] and [SEP], for RoBERTa ``<s>`` and ``</s>``, for CLIP its start and end of text.
    """

    def __init__(self, key: str, network: N, tokenizer: WordTokenizer, begin_id: int, end_id: int) -> None:
        super().__init__(key, network, tokenizer)
        self.begin_id, self.end_id = begin_id, end_id

    def framed(self, sequences: Sequence[Tensor]) -> list[Tensor]:
        """Input embeddings (tokens, d) with those of the special tokens around them, (tokens + 2, d)."""
        table = self.embedding_table
        return [torch.cat([table[self.begin_id, None], s, table[self.end_id, None]]) for s in sequences]
