"""A sentiment classifier that reads words: which tokens of a text speak well or ill of something.

A sentence encoder's last hidden states, one linear reading of every token (negative, neutral, positive), and the noisy
or of ``fuse_core.models.noisy_or`` over the tokens of a text. Fitted to captions with and without words of VADER's
lexicon, where a caption's other words are examples of neutral ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from fuse_core.models.noisy_or import LABELS, text_log_probs
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.tensor.digest import tensors_digest

TENSORS = ("token_weight", "token_bias", "word_weight", "word_bias")  # of a head, in their order


@dataclass(frozen=True)
class WordHead:
    """Two linear readings and how well the first one does.

    Attributes
    ----------
    token_weight : Tensor, shape = (width, 3)
    token_bias : Tensor, shape = (3,)
        Logits of negative, neutral and positive of a token, from its last hidden state.
    word_weight : Tensor, shape = (width, 3)
    word_bias : Tensor, shape = (3,)
        The same of a word, from the unit vector of a caption that names nothing else: to retrieve words by.
    words, heldout_words : int
        Of the lexicon: fitted on, and kept back by stem.
    accuracy : float
        Share of the words kept back that are read with the right sign.
    """

    token_weight: Tensor = field(repr=False)
    token_bias: Tensor = field(repr=False)
    word_weight: Tensor = field(repr=False)
    word_bias: Tensor = field(repr=False)
    words: int
    heldout_words: int
    accuracy: float

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {name: getattr(self, name) for name in TENSORS}


class WordSentiment:
    """A sentence encoder and a word head behind the protocols ``TextClassifier`` and ``VectorReader``.

    Parameters
    ----------
    key : str
    encoder : SentenceEncoder
        Also gives tokenizer and embedding table: an adapter to it serves this classifier, too.
    head : WordHead
    word_labels : mapping of str to str, optional
        Label of every word that people rated and that the head was fitted to.
    """

    def __init__(
        self, key: str, encoder: SentenceEncoder, head: WordHead, word_labels: Mapping[str, str] | None = None
    ) -> None:
        self.key = key
        self.encoder = encoder
        self.head = head
        self.word_labels = dict(word_labels or {})
        self.tokenizer = encoder.tokenizer
        self.labels: tuple[str, ...] = LABELS

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

    @property
    def weights_digest(self) -> str:
        """Of the encoder's weights and the head's."""
        head = tensors_digest(self.head.tensors.items())
        return hashlib.sha256(f"{self.encoder.weights_digest} {head}".encode()).hexdigest()

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of the labels, shape = (texts, 3)."""
        return self.encoder.read_ids(ids, self._read_states, len(LABELS))

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """The same for input embeddings, each (tokens, d) without special tokens; differentiable."""
        return self.encoder.read_embeddings(sequences, self._read_states)

    def read(self, vectors: Tensor) -> Tensor:
        """An estimate for texts that name one word, from the encoder's vectors, (texts, width) -> (texts, 3)."""
        return (vectors @ self.head.word_weight.to(vectors) + self.head.word_bias.to(vectors)).log_softmax(-1)

    def _read_states(self, states: Tensor, mask: Tensor) -> Tensor:
        logits = states @ self.head.token_weight.to(states) + self.head.token_bias.to(states)
        return text_log_probs(logits, inner_tokens(mask))


def inner_tokens(mask: Tensor) -> Tensor:
    """The mask (texts, tokens) without each text's first and last token, which are special."""
    inner = mask.clone()
    inner[:, 0] = 0
    inner[torch.arange(len(mask), device=mask.device), mask.sum(1) - 1] = 0
    return inner
