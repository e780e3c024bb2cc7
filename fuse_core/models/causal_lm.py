"""Causal language models from transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from fuse_core.words import WordTokenizer


class TransformersLM:
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
    forwards : int
        Forward passes so far, for cost accounts.
    """

    def __init__(self, key: str, network: nn.Module, tokenizer: WordTokenizer, start_id: int | None) -> None:
        self.key = key
        self.network = network.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.start_id = start_id
        self.forwards = 0

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        self.network.to(device)
        return self

    @property
    def embedding_table(self) -> Tensor:
        return self.network.get_input_embeddings().weight  # type: ignore[operator]

    @property
    def max_length(self) -> int:
        return int(self.network.config.max_position_embeddings)  # type: ignore[union-attr]

    @torch.no_grad()
    def logits(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Logits of a right-padded batch, shape = (batch, longest, vocabulary). One forward pass."""
        longest = max(len(row) for row in ids)
        device = self.embedding_table.device
        batch = torch.zeros(len(ids), longest, dtype=torch.long, device=device)
        mask = torch.zeros_like(batch)
        for k, row in enumerate(ids):
            batch[k, : len(row)] = torch.tensor(row, device=device)
            mask[k, : len(row)] = 1
        self.forwards += 1
        return self.network(input_ids=batch, attention_mask=mask, use_cache=False).logits

    def logits_from_embeddings(self, embeddings: Tensor) -> Tensor:
        """(batch, tokens, d) -> (batch, tokens, vocabulary), differentiable. One forward pass."""
        self.forwards += 1
        return self.network(inputs_embeds=embeddings, use_cache=False).logits
