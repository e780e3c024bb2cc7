"""CLIP (Radford et al. 2021) from a hub or a local folder, the paper's image-text model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import CLIPModel

from fuse_core.models.wrapped import FramedNetwork
from fuse_core.words.tokenizer import WordTokenizer


class ClipModel(FramedNetwork[CLIPModel]):
    """A transformers ``CLIPModel`` behind the ``ImageTextModel`` protocol.

    Parameters
    ----------
    key : str
    network : CLIPModel
    tokenizer : WordTokenizer
    processor : callable
        The PIL image processor of the checkpoint.
    begin, end : tuple of int
        ``<|startoftext|>`` and ``<|endoftext|>``.
    """

    def __init__(
        self,
        key: str,
        network: CLIPModel,
        tokenizer: WordTokenizer,
        processor: Any,
        begin: tuple[int, ...],
        end: tuple[int, ...],
    ) -> None:
        super().__init__(key, network, tokenizer, begin, end)
        self.processor = processor

    @property
    def input_embeddings(self) -> nn.Module:
        return self.network.text_model.embeddings.token_embedding

    @property
    def width(self) -> int:
        return self.network.text_projection.out_features

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

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        text, framed = self.network.text_model, self.framed(sequences)
        hidden = text.embeddings(inputs_embeds=pad_sequence(framed, batch_first=True))  # (batch, tokens, d)
        steps = hidden.shape[1]
        # Causal attention: padding on the right is never seen by the end token, whose state is the text's.
        # In the states' own precision: torch's CPU kernel misreads a single-precision mask beside double ones.
        mask = hidden.new_full((steps, steps), float("-inf")).triu(1)[None, None]
        states = text.encoder(inputs_embeds=hidden, attention_mask=mask).last_hidden_state
        ends = torch.tensor([len(s) - 1 for s in framed], device=hidden.device)
        pooled = text.final_layer_norm(states[torch.arange(len(framed), device=hidden.device), ends])
        return F.normalize(self.network.text_projection(pooled), dim=-1)

    @torch.no_grad()
    def encode_image(self, image: Image.Image) -> Tensor:
        """Unit vector of an RGB picture, shape = (width,)."""
        pixels = self.processor(images=image, return_tensors="pt")["pixel_values"].to(self.embedding_table.device)
        pooled = self.network.vision_model(pixel_values=pixels).pooler_output
        return F.normalize(self.network.visual_projection(pooled), dim=-1)[0]
