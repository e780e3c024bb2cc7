"""A sentiment classifier that reads words: which tokens of a text speak well or ill of something.

A sentence encoder's hidden states after its first layers, one linear reading of every token (negative, neutral,
positive), and the noisy or of ``fuse_core.models.noisy_or`` over the tokens of a text. Fitted to captions with and
without words of VADER's lexicon, where a caption's other words are examples of neutral ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fuse_core.models.noisy_or import LABELS, text_log_probs
from fuse_core.models.on_encoder import OnEncoder
from fuse_core.models.sentence_encoder import SentenceEncoder

# Of MiniLM's six. The states after all of them mix a word with its text: references of assets/images and assets/tuning
# without a rated word were neutral with a probability of 0.60; 0.85 after three, 0.83 after two, 0.77 after one.
LAYERS = 3
TENSORS = ("token_weight", "token_bias", "word_weight", "word_bias")  # of a head, in their order


@dataclass(frozen=True)
class WordHead:
    """Two linear readings and how well the first one does.

    Attributes
    ----------
    token_weight : Tensor, shape = (width, 3)
    token_bias : Tensor, shape = (3,)
        Logits of negative, neutral and positive of a token, from its hidden state after the first layers.
    word_weight : Tensor, shape = (width, 3)
    word_bias : Tensor, shape = (3,)
        The same of a word, from the unit vector of a caption that names nothing else: to retrieve words by.
    words, heldout_words : int
        Of the lexicon: fitted on, and kept back by stem.
    accuracy : float
        Share of the words kept back that are read with the right sign.
    layers : int
        How many of the encoder's first layers read the tokens.
    """

    token_weight: Tensor = field(repr=False)
    token_bias: Tensor = field(repr=False)
    word_weight: Tensor = field(repr=False)
    word_bias: Tensor = field(repr=False)
    words: int
    heldout_words: int
    accuracy: float
    layers: int

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {name: getattr(self, name) for name in TENSORS}


class WordSentiment(OnEncoder[SentenceEncoder]):
    """A sentence encoder and a word head behind the protocols ``TextClassifier`` and ``VectorReader``.

    Parameters
    ----------
    key : str
    encoder : SentenceEncoder
    head : WordHead
    word_labels : mapping of str to str, optional
        Label of adjectives that people rated and that the head was fitted to.
    """

    def __init__(
        self, key: str, encoder: SentenceEncoder, head: WordHead, word_labels: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(key, encoder)
        self.head = head
        self.first_layers = encoder.first_layers(head.layers)
        self.word_labels = dict(word_labels or {})
        self.labels: tuple[str, ...] = LABELS

    @property
    def weights_digest(self) -> str:
        """Of the encoder's weights and the head's."""
        return self.digest_with(self.head.tensors.items())

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of the labels, shape = (texts, 3)."""
        return self.first_layers.read_ids(ids, self._read_states, len(LABELS))

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """The same for input embeddings, each (tokens, d) without special tokens; differentiable."""
        return self.first_layers.read_embeddings(sequences, self._read_states)

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
