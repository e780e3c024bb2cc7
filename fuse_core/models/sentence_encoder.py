"""Sentence encoders: a BERT-like network with mean pooling (all-MiniLM-L6-v2)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from fuse_core.models.batching import padded, padding_mask
from fuse_core.models.pooling import StatesReader, mean_pooled
from fuse_core.models.wrapped import FramedNetwork
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer


class SentenceEncoder(FramedNetwork[nn.Module]):
    """Pooled unit sentence vectors (Reimers and Gurevych 2019) behind the ``TextEncoder`` protocol.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
        A BERT-like encoder; put in evaluation mode, its weights frozen.
    tokenizer : WordTokenizer
    begin, end : tuple of int
        Special tokens put around every text ([CLS], [SEP]).
    pool : callable, optional
        Makes a text's vector of its tokens' states.
    """

    def __init__(
        self,
        key: str,
        network: nn.Module,
        tokenizer: WordTokenizer,
        begin: tuple[int, ...],
        end: tuple[int, ...],
        pool: StatesReader = mean_pooled,
    ) -> None:
        super().__init__(key, network, tokenizer, begin, end)
        self.pool = pool

    @property
    def width(self) -> int:
        return int(self.network.config.hidden_size)  # type: ignore[union-attr]

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors, shape = (texts, width). Sorted by length and run in batches of about 4,096 tokens."""
        return self.read_ids(ids, self.pool, self.width)

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        return self.read_embeddings(sequences, self.pool)

    def first_layers(self, count: int) -> SentenceEncoder:
        """An encoder of the first layers alone, all where there are fewer; it shares their weights."""
        network, stack = copy.copy(self.network), copy.copy(self.network.encoder)
        stack._modules = {**stack._modules, "layer": stack.layer[:count]}  # type: ignore[union-attr, index]
        network._modules = {**network._modules, "encoder": stack}  # type: ignore[dict-item]
        return SentenceEncoder(self.key, network, self.tokenizer, self.begin, self.end, self.pool)

    @torch.no_grad()
    def read_ids(self, ids: Sequence[Sequence[int]], read: StatesReader, width: int) -> Tensor:
        """What ``read`` makes of the last hidden states of texts, shape = (texts, width); in batches, as above."""
        device = self.embedding_table.device
        result = torch.empty(len(ids), width, dtype=self.embedding_table.dtype, device=device)

        def work(rows: list[int]) -> None:
            batch, mask = padded([[*self.begin, *ids[k], *self.end] for k in rows], device)
            result[rows] = read(*self._states(mask, input_ids=batch))

        self.in_batches(ids, work)
        return result

    def read_embeddings(self, sequences: Sequence[Tensor], read: StatesReader) -> Tensor:
        """The same for input embeddings, each (tokens, d) without special tokens; differentiable."""
        framed = self.framed(sequences)
        mask = padding_mask([len(s) for s in framed], framed[0].device)
        return read(*self._states(mask, inputs_embeds=pad_sequence(framed, batch_first=True)))

    def _states(self, mask: Tensor, **inputs: Tensor) -> tuple[Tensor, Tensor]:
        return widened(self.network(attention_mask=mask, **inputs).last_hidden_state), mask
