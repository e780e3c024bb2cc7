"""CLIP (Radford et al. 2021) from a hub or a local folder, the paper's image-text model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import CLIPModel

from fuse_core.models.dual_encoder import DualEncoder
from fuse_core.tensor.precision import widened


class ClipModel(DualEncoder[CLIPModel]):
    """A transformers ``CLIPModel`` behind the ``ImageTextModel`` protocol; ``<|endoftext|>`` reads the text."""

    @property
    def width(self) -> int:
        return self.network.text_projection.out_features

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
        return F.normalize(widened(self.network.text_projection(pooled)), dim=-1)
