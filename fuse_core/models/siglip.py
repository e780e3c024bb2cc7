"""SigLIP (Zhai et al. 2023) and SigLIP 2 (Tschannen et al. 2025) from a hub or a local folder."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from tokenizers import Regex, normalizers
from torch import Tensor, nn

from fuse_core.common.errors import UserError
from fuse_core.models.backends import frame_of
from fuse_core.models.checkpoint import Checkpoint
from fuse_core.models.dual_encoder import DualEncoder
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer

SETTINGS = "tokenizer_config.json"


class SiglipReader(DualEncoder[nn.Module]):
    """A transformers ``SiglipModel`` or ``Siglip2Model`` behind the ``ImageTextModel`` protocol.

    Every text is padded to the full context, no padding is masked, and the last position's state is the text's.

    Parameters
    ----------
    end : int
        ``</s>``, or Gemma's ``<eos>``.
    padding : int
    """

    def __init__(
        self, key: str, network: nn.Module, tokenizer: WordTokenizer, processor: Any, end: int, padding: int
    ) -> None:
        super().__init__(key, network, tokenizer, processor, (), (end,), padding)

    @property
    def width(self) -> int:
        return self._text.head.out_features

    @property
    def _text(self) -> Any:
        return self.network.text_model

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Unit vectors for input embeddings, each (tokens, d) without special tokens; differentiable."""
        hidden = self._text.embeddings(inputs_embeds=torch.stack(self.framed(sequences)))  # (batch, context, d)
        states = self._text.encoder(inputs_embeds=hidden, attention_mask=None).last_hidden_state
        return F.normalize(widened(self._text.head(self._text.final_layer_norm(states)[:, -1])), dim=-1)


def end_and_padding(tokenizer: WordTokenizer, checkpoint: Checkpoint) -> tuple[int, int]:
    """Ids of the token that ends a text, and of the one that fills the context behind it."""
    settings = checkpoint.json(SETTINGS) or {}
    _, end = frame_of(tokenizer)
    ends = end[-1] if end else _first_known(tokenizer, settings.get("eos_token"), "</s>", "<eos>")
    fills = _first_known(tokenizer, settings.get("pad_token"), "<pad>", "</s>")
    if ends is None or fills is None:
        raise UserError(
            f"The tokenizer of '{checkpoint.name}' has no token to end or to pad a text, and SigLIP reads both.",
            "Choose a checkpoint with SigLIP's own tokenizer.",
        )
    return ends, fills


def _first_known(tokenizer: WordTokenizer, *names: Any) -> int | None:
    spelled = (name.get("content") if isinstance(name, dict) else name for name in names)
    found = (tokenizer.backend.token_to_id(name) for name in spelled if isinstance(name, str))
    return next((k for k in found if k is not None), None)


def canonical(tokenizer: WordTokenizer, checkpoint: Checkpoint) -> WordTokenizer:
    """The tokenizer, changed to read texts as its model was taught: in lower case, by the first SigLIP unpunctuated."""
    backend = tokenizer.backend
    steps = [backend.normalizer] if backend.normalizer else []
    first = (checkpoint.json(SETTINGS) or {}).get("tokenizer_class", "").startswith("SiglipTokenizer")

    def as_read(text: str) -> str:
        return normalizers.Sequence(steps).normalize_str(text)

    if first and "," in as_read("a,b"):
        marks = "".join(f"\\{mark}" for mark in string.punctuation)
        steps = [normalizers.Replace(Regex(f"[{marks}]"), ""), normalizers.Replace(Regex(r"\s+"), " "), *steps]
    if "A" in as_read("A"):
        steps = [normalizers.Lowercase(), *steps]
    backend.normalizer = normalizers.Sequence(steps)  # type: ignore[assignment]
    return tokenizer
