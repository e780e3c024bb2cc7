"""A sentiment classifier without a download: a sentence encoder with a head fitted to the VADER lexicon."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from fuse_core.common.artefacts import Artefact, ArtefactStore
from fuse_core.common.progress import Progress
from fuse_core.models.conse import TEMPLATE
from fuse_core.models.image_classifier import load_class_names
from fuse_core.models.on_encoder import OnEncoder
from fuse_core.models.protocols import TextEncoder
from fuse_core.models.readings import read_texts
from fuse_core.models.sentiment_head import (
    ValenceHead,
    fit_valence,
    heldout,
    label_log_probs,
    lexicon_file,
    read_lexicon,
)

FILE = "head.safetensors"
FORMAT = 2  # raise when the file or the fit changes


class LexiconSentiment(OnEncoder[TextEncoder]):
    """A sentence encoder and a valence head behind the ``TextClassifier`` protocol.

    Parameters
    ----------
    key : str
    encoder : TextEncoder
    head : ValenceHead
    """

    def __init__(self, key: str, encoder: TextEncoder, head: ValenceHead) -> None:
        super().__init__(key, encoder)
        self.head = head
        self.labels: tuple[str, ...] = ("negative", "positive")

    @property
    def weights_digest(self) -> str:
        """Of the encoder's weights and the head's."""
        rest = torch.tensor([self.head.bias, self.head.slope])
        return self.digest_with([("weight", self.head.weight), ("rest", rest)])

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


def load_lexicon_sentiment(key: str, encoder: TextEncoder, store: ArtefactStore) -> LexiconSentiment:
    """The classifier, its head from the store, or fitted and kept there.

    Neutral texts name ImageNet's classes as a caption would: to name a thing is neither praise nor blame.
    Cost of a fit: one encoding of 8,000 short texts (seconds).

    Raises
    ------
    UserError
        When the lexicon's or the class names' wheel is missing.
    """
    lexicon, neutral = lexicon_file(), neutral_texts()

    def fit(report: Progress) -> ValenceHead:
        valences = read_lexicon(lexicon)
        words = list(valences)
        vectors = read_texts(encoder, [*words, *neutral], report, "words of the lexicon").cpu()
        rated = torch.tensor(list(valences.values()))
        return fit_valence(vectors[: len(words)], rated, heldout(words), vectors[len(words) :])

    artefact = Artefact(
        kind="heads",
        name=key,
        identity={
            "lexicon": hashlib.sha256(lexicon.read_bytes()).hexdigest(),
            "neutral": hashlib.sha256("\n".join(neutral).encode()).hexdigest(),
            "tokenizer": encoder.tokenizer.fingerprint,
            "weights": encoder.weights_digest,
            "format_version": FORMAT,
        },
        read=_load_head,
        write=_save_head,
        about=lambda head: {"heldout_accuracy": head.accuracy, "heldout_words": head.heldout_words},
    )
    return LexiconSentiment(key, encoder, store.get_or_create(artefact, fit))


def neutral_texts() -> list[str]:
    """An image of each of ImageNet's classes, in words."""
    return [TEMPLATE.format(names[0]) for names in load_class_names()]


def _save_head(head: ValenceHead, folder: Path) -> None:
    numbers = {name: repr(value) for name, value in asdict(head).items() if name != "weight"}
    save_file({"weight": head.weight.contiguous()}, folder / FILE, numbers)


def _load_head(folder: Path) -> ValenceHead:
    with safe_open(folder / FILE, framework="pt") as file:
        numbers = file.metadata() or {}
        counts = {name: int(numbers[name]) for name in ("words", "heldout_words", "neutral")}
        reals = {name: float(numbers[name]) for name in ("bias", "slope", "ridge", "accuracy")}
        return ValenceHead(weight=file.get_tensor("weight"), **counts, **reals)  # type: ignore[arg-type]
