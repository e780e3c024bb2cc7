"""CLIP (Radford et al. 2021) from a hub or a local folder, the paper's image-text model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import CLIPModel, CLIPTextModel

from fuse_core.models.dual_encoder import DualEncoder
from fuse_core.tensor.precision import widened


def clip_states(text: CLIPTextModel, rows: Tensor) -> Tensor:
    """States of CLIP's text encoder, under causal attention and before its last norm, of input embeddings.

    Shape (texts, tokens, d) -> (texts, tokens, d).
    """
    hidden = text.embeddings(inputs_embeds=rows)
    steps = hidden.shape[1]
    # In the states' own precision: torch's CPU kernel misreads a single-precision mask beside double ones.
    mask = hidden.new_full((steps, steps), float("-inf")).triu(1)[None, None]
    return text.encoder(inputs_embeds=hidden, attention_mask=mask).last_hidden_state


class ClipModel(DualEncoder[CLIPModel]):
    """A transformers ``CLIPModel`` behind the ``ImageTextModel`` protocol; ``<|endoftext|>`` reads the text."""

    @property
    def width(self) -> int:
        return self.network.text_projection.out_features

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        text, framed = self.network.text_model, self.framed(sequences)
        # Padding on the right is never seen by the end token, whose state is the text's.
        states = clip_states(text, pad_sequence(framed, batch_first=True))
        ends = torch.tensor([len(s) - 1 for s in framed], device=states.device)
        pooled = text.final_layer_norm(states[torch.arange(len(framed), device=states.device), ends])
        return F.normalize(widened(self.network.text_projection(pooled)), dim=-1)
