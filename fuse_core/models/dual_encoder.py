"""What image-text models of transformers have in common: one encoder for texts and one for pictures, one space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from fuse_core.models.wrapped import FramedNetwork
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer

N = TypeVar("N", bound=nn.Module)


class DualEncoder(FramedNetwork[N]):
    """Satisfies the ``ImageTextModel`` protocol but for ``encode_embeddings``.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
    tokenizer : WordTokenizer
    processor : callable
        The PIL image processor of the checkpoint.
    begin, end : tuple of int
        Special tokens put around every text.
    """

    def __init__(
        self,
        key: str,
        network: N,
        tokenizer: WordTokenizer,
        processor: Any,
        begin: tuple[int, ...],
        end: tuple[int, ...],
    ) -> None:
        super().__init__(key, network, tokenizer, begin, end)
        self.processor = processor

    @property
    def input_embeddings(self) -> nn.Module:
        return self.network.text_model.embeddings.token_embedding  # type: ignore[union-attr, return-value]

    @property
    def width(self) -> int:
        """Of the space that texts and pictures share."""
        raise NotImplementedError

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        raise NotImplementedError

    @torch.no_grad()
    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors, shape = (texts, width)."""
        table = self.embedding_table
        result = torch.empty(len(ids), self.width, dtype=table.dtype, device=table.device)

        def work(rows: list[int]) -> None:
            tokens = [torch.tensor(ids[k], dtype=torch.long, device=table.device) for k in rows]
            result[rows] = self.encode_embeddings([table[row] for row in tokens])

        self.in_batches(ids, work)
        return result

    @torch.no_grad()
    def encode_image(self, image: Image.Image) -> Tensor:
        """Unit vector of an RGB picture, shape = (width,)."""
        inputs = self.processor(images=image, return_tensors="pt").to(self.network.device, self.network.dtype)
        found = self.network.get_image_features(**inputs).pooler_output  # type: ignore[operator]
        return F.normalize(widened(found), dim=-1)[0]
