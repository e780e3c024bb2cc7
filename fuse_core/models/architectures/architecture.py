"""What an architecture is, and the registry of those there are. Nothing heavy is imported before a model is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from fuse_core.common.errors import UserError
from fuse_core.common.registry import Registry
from fuse_core.models.entry import Entry, Loader, Models
from fuse_core.models.hub import checkpoint_of

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

Config = Mapping[str, Any]  # of config.json


@dataclass(frozen=True)
class Family:
    """Models of one type that the tests read.

    Attributes
    ----------
    model_type : str
        In ``config.json``.
    title : str
    differs : str
        What is peculiar to it, and is tested.
    """

    model_type: str
    title: str
    differs: str = ""


class Loaders(TypedDict, total=False):
    """Fields of ``Entry`` that say how a model is loaded."""

    tokenizer: Loader[WordTokenizer]
    causal: Loader[CausalModel]
    text: Loader[TextEncoder]
    image_text: Loader[ImageTextModel]
    classifier: Loader[TextClassifier]
    captioner: Loader[Captioner]
    diffusion: Loader[DenoisingModel]


@dataclass(frozen=True)
class Architecture:
    """Models that are loaded alike.

    Attributes
    ----------
    name, title : str
    order : int
        A checkpoint is of the first that knows it.
    knows : callable
        Whether a class named in a ``config.json`` is of this kind, given that name and the settings.
    loaders : Loaders
        For every role that such a model has.
    families : tuple of Family
        Those that are tested; others load the same way.
    checks : tuple of str
        What the tests compare, for every family.
    """

    name: str
    title: str
    order: int
    knows: Callable[[str, Config], bool]
    loaders: Loaders
    families: tuple[Family, ...]
    checks: tuple[str, ...]


ARCHITECTURES: Registry[Architecture] = Registry(__package__ or "", "ARCHITECTURE")


def architecture_of(name: str, config: Config) -> Architecture:
    """Of the model that people call ``name``.

    Raises
    ------
    UserError
        When there is no place for such a model here.
    """
    named = config.get("architectures")
    kinds = [kind for kind in named if isinstance(kind, str)] if isinstance(named, list) else []
    for kind in kinds:
        for architecture in ARCHITECTURES.values():
            if architecture.knows(kind, config):
                return architecture
    what = f"is a {kinds[0]}" if kinds else "does not say in config.json what it is ('architectures')"
    titles = "; ".join(a.title for a in ARCHITECTURES.values())
    raise UserError(f"'{name}' {what}, which cannot be used here.", f"What can: {titles}.")


def load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    """The tokenizer of an entry's checkpoint, whatever its architecture."""
    from fuse_core.models import backends

    return backends.load_tokenizer(entry.key, checkpoint_of(entry, "tokenizer"))
