"""A sentiment classifier without a download: a sentence encoder with a head fitted to the VADER lexicon."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fuse_core.common.artefacts import get_or_create
from fuse_core.common.storage import write_atomically
from fuse_core.models.conse import TEMPLATE
from fuse_core.models.image_classifier import load_class_names
from fuse_core.models.protocols import TextEncoder
from fuse_core.models.sentiment_head import (
    ValenceHead,
    fit_valence,
    heldout,
    label_log_probs,
    lexicon_file,
    read_lexicon,
)

log = logging.getLogger(__name__)


class LexiconSentiment:
    """A sentence encoder and a valence head behind the ``TextClassifier`` protocol.

    Parameters
    ----------
    key : str
    encoder : TextEncoder
        Also gives tokenizer and embedding table: an adapter to it serves this classifier, too.
    head : ValenceHead
    """

    def __init__(self, key: str, encoder: TextEncoder, head: ValenceHead) -> None:
        self.key = key
        self.encoder = encoder
        self.head = head
        self.tokenizer = encoder.tokenizer
        self.labels: tuple[str, ...] = ("negative", "positive")

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

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of the labels, shape = (texts, 2)."""
        return self.read(self.encoder.encode_ids(ids))

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """The same for input embeddings, each (tokens, d) without special tokens; differentiable."""
        return self.read(self.encoder.encode_embeddings(sequences))

    def read(self, vectors: Tensor) -> Tensor:
        """The same for the encoder's vectors of texts, shape = (texts, width); differentiable."""
        return label_log_probs(self.head.valences(vectors), self.head.slope)

    def valences(self, texts: Sequence[str]) -> Tensor:
        """Predicted valences of texts, shape = (texts,): VADER's scale, from -4 to 4."""
        return self.head.valences(self.encoder.encode_ids(self.tokenizer.encode_batch(texts)))


def load_lexicon_sentiment(key: str, encoder: TextEncoder, cache: Path) -> LexiconSentiment:
    """The classifier, its head from the cache folder, or fitted and kept there.

    Neutral texts name ImageNet's classes as a caption would: to name a thing is neither praise nor blame.
    Cost of a fit: one encoding of 8,000 short texts (seconds). A cache that cannot be written costs a warning.

    Raises
    ------
    UserError
        When the lexicon's or the class names' wheel is missing.
    """
    lexicon, neutral = lexicon_file(), neutral_texts()
    path = cache / "models" / f"{key}-{_digest(encoder, lexicon, neutral)}.safetensors"

    def fit() -> ValenceHead:
        valences = read_lexicon(lexicon)
        words = list(valences)
        vectors = encoder.encode_ids(encoder.tokenizer.encode_batch([*words, *neutral])).cpu()
        rated = torch.tensor(list(valences.values()))
        return fit_valence(vectors[: len(words)], rated, heldout(words), vectors[len(words) :])

    head = get_or_create(path, lambda: load_head(path), fit, lambda made: save_head(made, path))
    return LexiconSentiment(key, encoder, head)


def neutral_texts() -> list[str]:
    """An image of each of ImageNet's classes, in words."""
    return [TEMPLATE.format(names[0]) for names in load_class_names()]


def save_head(head: ValenceHead, path: Path) -> None:
    """Write a head atomically; ``UserError`` when the folder is read-only or full."""
    numbers = {name: repr(value) for name, value in asdict(head).items() if name != "weight"}
    write_atomically(path, lambda temporary: save_file({"weight": head.weight.contiguous()}, temporary, numbers))


def load_head(path: Path) -> ValenceHead | None:
    """Read a head; None when the file is missing or damaged, the latter with a warning."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            numbers = file.metadata() or {}
            counts = {name: int(numbers[name]) for name in ("words", "heldout_words", "neutral")}
            reals = {name: float(numbers[name]) for name in ("bias", "slope", "ridge", "accuracy")}
            return ValenceHead(weight=file.get_tensor("weight"), **counts, **reals)  # type: ignore[arg-type]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        log.warning("The sentiment head %s is damaged and is fitted again (%s).", path.name, type(error).__name__)
        return None


def _digest(encoder: TextEncoder, lexicon: Path, neutral: Sequence[str]) -> str:
    """Of all that a head is fitted on: lexicon, neutral texts, tokenizer and (by its embedding table) encoder."""
    parts = hashlib.sha256(lexicon.read_bytes())
    parts.update("\n".join(neutral).encode())
    parts.update(encoder.tokenizer.fingerprint.encode())
    parts.update(encoder.embedding_table.detach().cpu().contiguous().numpy().tobytes())
    return parts.hexdigest()[:12]
