"""What all models have in common that read the vectors or states of a text encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Generic, Self, TypeVar

import torch
from torch import Tensor

from fuse_core.models.protocols import TextEncoder
from fuse_core.tensor.digest import tensors_digest

E = TypeVar("E", bound=TextEncoder)


class OnEncoder(Generic[E]):
    """Satisfies the ``EmbeddingModel`` protocol but for ``weights_digest``.

    Parameters
    ----------
    key : str
    encoder : TextEncoder
        Also gives tokenizer and embedding table: an adapter to it serves this model, too.
    """

    def __init__(self, key: str, encoder: E) -> None:
        self.key = key
        self.encoder = encoder
        self.tokenizer = encoder.tokenizer

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        self.encoder.to(device)
        return self

    @property
    def embedding_table(self) -> Tensor:
        return self.encoder.embedding_table

    @property
    def max_length(self) -> int:
        return self.encoder.max_length

    def digest_with(self, head: Iterable[tuple[str, Tensor]]) -> str:
        """Of the encoder's weights and those of a head."""
        return hashlib.sha256(f"{self.encoder.weights_digest} {tensors_digest(head)}".encode()).hexdigest()
