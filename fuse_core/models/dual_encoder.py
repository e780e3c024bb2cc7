"""What image-text models of transformers have in common: one encoder for texts and one for pictures, one space."""

from __future__ import annotations

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
    padding : int, optional
        What fills every text up to the full context.
    """

    def __init__(
        self,
        key: str,
        network: N,
        tokenizer: WordTokenizer,
        processor: Any,
        begin: tuple[int, ...],
        end: tuple[int, ...],
        padding: int | None = None,
    ) -> None:
        super().__init__(key, network, tokenizer, begin, end, padding)
        self.processor = processor

    @property
    def input_embeddings(self) -> nn.Module:
        return self.network.text_model.embeddings.token_embedding  # type: ignore[union-attr, return-value]

    @torch.no_grad()
    def encode_image(self, image: Image.Image) -> Tensor:
        """Unit vector of an RGB picture, shape = (width,)."""
        inputs = self.processor(images=image, return_tensors="pt").to(self.network.device, self.network.dtype)
        found = self.network.get_image_features(**inputs).pooler_output  # type: ignore[operator]
        return F.normalize(widened(found), dim=-1)[0]
