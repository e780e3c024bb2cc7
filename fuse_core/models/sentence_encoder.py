"""Sentence encoders: a BERT-like network with mean pooling (all-MiniLM-L6-v2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from fuse_core.models.batching import length_batches, padding_mask
from fuse_core.models.wrapped import FramedNetwork

TOKENS_PER_BATCH = 4096


class SentenceEncoder(FramedNetwork[nn.Module]):
    """Mean-pooled unit sentence vectors (Reimers and Gurevych 2019) behind the ``TextEncoder`` protocol.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
        A BERT-like encoder; put in evaluation mode, its weights frozen.
    tokenizer : WordTokenizer
    begin_id, end_id : int
        Special tokens put around every text ([CLS], [SEP]).
    """

    @property
    def width(self) -> int:
        return int(self.network.config.hidden_size)  # type: ignore[union-attr]

    @torch.no_grad()
    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors, shape = (texts, width). Sorted by length and run in batches of about 4,096 tokens."""
        device = self.embedding_table.device
        result = torch.empty(len(ids), self.width, dtype=self.embedding_table.dtype, device=device)
        for rows in length_batches([len(row) + 2 for row in ids], TOKENS_PER_BATCH):
            sequences = [torch.tensor([self.begin_id, *ids[k], self.end_id], device=device) for k in rows]
            mask = padding_mask([len(s) for s in sequences], device)
            result[rows] = self._pool(mask, input_ids=pad_sequence(sequences, batch_first=True))
        return result

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        framed = self.framed(sequences)
        mask = padding_mask([len(s) for s in framed], framed[0].device)
        return self._pool(mask, inputs_embeds=pad_sequence(framed, batch_first=True))

    def _pool(self, mask: Tensor, **inputs: Tensor) -> Tensor:
        hidden = self.network(attention_mask=mask, **inputs).last_hidden_state  # (batch, tokens, width)
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return F.normalize((hidden * weights).sum(1) / weights.sum(1), dim=-1)
