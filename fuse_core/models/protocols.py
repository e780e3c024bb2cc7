"""What a model must offer to take part in FUSE, by role. A new model of a known architecture needs no class of its own:
one file in ``known/`` says how it is loaded into a wrapper that satisfies one of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self, runtime_checkable

import torch
from PIL import Image
from torch import Tensor

from fuse_core.models.first_layers import FirstLayers
from fuse_core.models.noised_latents import NoisedLatents
from fuse_core.models.prompt_cache import PromptCache
from fuse_core.models.row_cache import RowCache
from fuse_core.words.tokenizer import WordTokenizer


@runtime_checkable
class EmbeddingModel(Protocol):
    """Anything with a tokenizer and an input embedding table."""

    key: str
    tokenizer: WordTokenizer

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        ...

    @property
    def embedding_table(self) -> Tensor:
        """Input embeddings, shape = (vocabulary, d), float32."""
        ...

    @property
    def max_length(self) -> int:
        """Context length in tokens, special tokens included."""
        ...


class CausalModel(EmbeddingModel, Protocol):
    """A language model that predicts the next token."""

    @property
    def depth(self) -> int:
        """How many layers it has."""
        ...

    def first_layers(self, layers: Sequence[int]) -> FirstLayers:
        """Its layers up to the last of these, counted from 1, to be run by themselves."""
        ...

    def logits(self, ids: Sequence[Sequence[int]], places: range | None = None) -> Tensor:
        """Logits of a batch in one forward pass, shape = (batch, places, vocabulary); right-padded.

        At some places of the rows, or at all up to the longest row's end: with a large vocabulary those of a token
        cost as much as some layers.
        """
        ...

    def next_logits(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Logits of the token after each of a batch in one forward pass, shape = (batch, vocabulary)."""
        ...

    def read(
        self,
        ids: Sequence[Sequence[int]],
        counted: Callable[[], None] = lambda: None,
        after: PromptCache | None = None,
    ) -> PromptCache:
        """Prompts kept for continuations of several tokens; ``counted`` is called at every forward pass it takes.

        ``after``: one prompt, read before, that these continue.
        """
        ...

    def read_row(self, ids: Sequence[int], places: range, counted: Callable[[], None] = lambda: None) -> RowCache:
        """One row kept, with its logits at some places, for rows that begin as it does; ``counted`` as for ``read``."""
        ...

    def logits_from_embeddings(self, embeddings: Tensor, places: range | None = None) -> Tensor:
        """Logits for input embeddings, shape (batch, tokens, d) -> (batch, places, vocabulary); differentiable."""
        ...


class TextReader(EmbeddingModel, Protocol):
    """A model that reads a whole text as one vector, whatever that vector means."""

    @property
    def weights_digest(self) -> str:
        """Of all weights that a reading depends on: equal digests and tokenizers give equal readings."""
        ...

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Vectors of texts given as ids without special tokens, shape = (texts, width); no gradient."""
        ...

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """The same for input embeddings, each of shape (tokens, d), special tokens added; differentiable."""
        ...


class TextEncoder(TextReader, Protocol):
    """A reader whose vectors are unit vectors, and close for texts of like meaning."""


class TextClassifier(TextReader, Protocol):
    """A reader whose vectors are the log-probabilities of its labels, in their order."""

    labels: tuple[str, ...]


@runtime_checkable
class VectorReader(Protocol):
    """A model that reads a text by another's vector of it, or can estimate so: the catalog entry's ``reads_with``."""

    encoder: TextEncoder

    def read(self, vectors: Tensor) -> Tensor:
        """Its own reading of the encoder's vectors, (texts, width) -> (texts, its width); differentiable."""
        ...


@runtime_checkable
class KnowsWords(Protocol):
    """A classifier that comes with words whose label people gave."""

    word_labels: dict[str, str]


@runtime_checkable
class ImageTextModel(TextEncoder, Protocol):
    """A text encoder whose space pictures live in, too."""

    def encode_image(self, image: Image.Image) -> Tensor:
        """Unit vector of a picture, shape = (width,)."""
        ...


class DenoisingModel(TextReader, Protocol):
    """A diffusion model that makes pictures of texts; its vector of a text is all that its denoiser sees of it."""

    def noised(self, image: Image.Image, draws: int, seed: int) -> NoisedLatents:
        """A picture made noisy to as many degrees as there are draws, by the seed's noises."""
        ...

    def denoising_losses(self, states: Tensor, noised: NoisedLatents) -> Tensor:
        """Mean squared error of the denoiser over all draws, (texts, width) -> (texts,); differentiable."""
        ...

    def picture(
        self, text: str, steps: int = ..., seed: int = ..., progress: Callable[[float], None] = ...
    ) -> Image.Image:
        """The picture that a text makes; ``progress`` is told the share done."""
        ...


class Captioner(Protocol):
    """A model that writes a caption by itself."""

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        ...

    def caption(self, image: Image.Image) -> str:
        """A caption of an RGB picture."""
        ...
