"""The models and adapters one process holds, each loaded once however many people ask for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter, AdapterInfo, Stored
from fuse_core.adapter.file import FILE, adapter_artefact
from fuse_core.adapter.fit import FitOptions, VocabularySide, adapter_info, fit_adapter
from fuse_core.adapter.stored import chosen_stored, stored_as
from fuse_core.common.artefacts import ArtefactStore
from fuse_core.common.devices import chosen_device, chosen_precision
from fuse_core.common.errors import UserError
from fuse_core.common.once import OncePerKey
from fuse_core.common.progress import Progress, part_of
from fuse_core.common.storage import cache_dir, deployed_cache
from fuse_core.models import catalog, entry
from fuse_core.models.pretrained import loading
from fuse_core.models.wrapped import WrappedNetwork
from fuse_core.tensor.precision import HALF, algebra_device, exact_products
from fuse_core.words.corpus import Corpus, english, with_vocabulary

if TYPE_CHECKING:
    from fuse_core.models.layer_features import LayerFeatures
    from fuse_core.models.protocols import (
        Captioner,
        CausalModel,
        DenoisingModel,
        EmbeddingModel,
        ImageTextModel,
        TextClassifier,
        TextEncoder,
    )
    from fuse_core.words.tokenizer import WordTokenizer

T = TypeVar("T")


class Library:
    """Loads and keeps models and adapters. They are read-only, so users may share them; safe across threads.

    Parameters
    ----------
    cache : Path, optional
        The cache folder; default ``storage.cache_dir()``.
    device : torch.device or str, optional
        Where models and adapters live; default: ``devices.chosen_device()``.
    dtype : str, optional
        What weights of transformers are kept in; default: ``devices.chosen_precision()``.
    """

    def __init__(
        self, cache: Path | None = None, device: torch.device | str | None = None, dtype: str | None = None
    ) -> None:
        self.store = ArtefactStore(cache or cache_dir(), deployed_cache())
        self.device = chosen_device() if device is None else torch.device(device)
        self.dtype: torch.dtype = getattr(torch, chosen_precision(dtype))
        self.stored: Stored = chosen_stored()
        exact_products()
        self._held = OncePerKey()
        self.elsewhere: Callable[..., Any] | None = None  # takes the steps of runs in another process

    @property
    def cache(self) -> Path:
        """The cache folder."""
        return self.store.root

    def tokenizer(self, key: str) -> WordTokenizer:
        """A tokenizer, without its model where it comes by itself."""
        known = catalog.entry(key)
        return self.tokenizer(known.reads_with) if known.reads_with else self._loaded(entry.TOKENIZER, known)

    def causal(self, key: str) -> CausalModel:
        """A causal language model."""
        return self._loaded(entry.CAUSAL, catalog.entry(key))

    def text_encoder(self, key: str) -> TextEncoder:
        """A text encoder: the text side alone of an image-text model that has one."""
        return self._loaded(entry.TEXT, catalog.entry(key))

    def image_text(self, key: str) -> ImageTextModel:
        """An image-text model."""
        return self._loaded(entry.IMAGE_TEXT, catalog.entry(key))

    def classifier(self, key: str) -> TextClassifier:
        """A text classifier; one that reads with another model's embeddings shares that model."""
        return self._loaded(entry.CLASSIFIER, catalog.entry(key))

    def captioner(self, key: str) -> Captioner:
        """A model that writes captions by itself."""
        return self._loaded(entry.CAPTIONER, catalog.entry(key))

    def diffusion(self, key: str) -> DenoisingModel:
        """A diffusion model that makes pictures of texts."""
        return self._loaded(entry.DIFFUSION, catalog.entry(key))

    @property
    def loaded(self) -> list[str]:
        """Keys of the models in memory; those that people named by a path or a repository are not among them."""
        held = {key[1] for key in self._held.keys if isinstance(key, tuple) and key[0] in entry.WITH_WEIGHTS}
        return [e.key for e in catalog.entries() if e.key in held]

    def _loaded(self, role: str, known: entry.Entry) -> Any:
        if role not in known.roles:
            why = known.refusal or f"'{known.key}' is no {role} model."
            raise UserError(why, f"Choose one of: {', '.join(catalog.keys(role))}.")

        def make() -> Any:
            with loading(known.key):
                model = known.loaders[role](known, self)
            if isinstance(model, WrappedNetwork) and self.dtype in HALF:
                model.to(self.device, self.dtype)
            return model if role == entry.TOKENIZER else model.to(self.device)

        return self.once((role, known.key), make)

    def embedding_model(self, key: str) -> EmbeddingModel:
        """A model in whichever role it has that comes with an embedding table.

        Raises
        ------
        UserError
            For a tokenizer without a model.
        """
        known = catalog.entry(key)
        for role in entry.WITH_EMBEDDINGS:
            if role in known.roles:
                return self._loaded(role, known)
        others = ", ".join(catalog.keys(*entry.WITH_EMBEDDINGS))
        raise UserError(f"'{key}' is a tokenizer without embeddings.", f"Choose one of: {others}.")

    def adapter(
        self, source: str, target: str, options: FitOptions = FitOptions(), progress: Progress | None = None
    ) -> Adapter:
        """The adapter of a pair: from memory, from the cache folder, or fitted and kept there.

        One of ``layers`` shares the maps of longer words with that of ``embedding``, which is made with it.

        A cache folder that cannot be written costs a warning; the adapter is then held in memory only.
        """
        options.check()
        if options.features == "layers":
            self._layers(source)  # refused before anything is fitted
        key = ("adapter", source, target, options)
        report_progress = self.relayed_progress(key, progress)
        return self.once(key, lambda: self._make_adapter(source, target, options, report_progress), progress)

    def adapter_file(self, source: str, target: str, options: FitOptions) -> Path:
        """Where that adapter is kept."""
        return self.store.folder(adapter_artefact(self._adapter_info(source, target, options))) / FILE

    def has_adapter(self, source: str, target: str, options: FitOptions = FitOptions()) -> bool:
        """Whether that adapter can be had without a fit. Loads both models, by whose weights it is known.

        Raises
        ------
        UserError
            For a tokenizer without a model, which has no adapters.
        """
        if ("adapter", source, target, options) in self._held:
            return True
        if not self.store.has(adapter_artefact(self._adapter_info(source, target, options))):
            return False
        return options.features == "embedding" or self.has_adapter(
            source, target, replace(options, features="embedding")
        )

    def fit_corpus(self, source: str, options: FitOptions) -> Corpus:
        """The words a pair's adapter is fitted on: the source's own one-token words, then English by frequency."""
        tokenizer = self.tokenizer(source)
        return self.once(("corpus", source, options.words), lambda: with_vocabulary(english(options.words), tokenizer))

    def token_features(self, key: str, progress: Progress | None = None) -> Tensor:
        """Features of every token of a causal model, shape = (vocabulary, m): kept, or made once (``LayerFeatures``).

        Raises
        ------
        UserError
            For a model that is no causal language model.
        """
        from fuse_core.models.layer_features import kept_features

        features, what = self._layers(key), ("token features", key)
        report = self.relayed_progress(what, progress)
        return self.once(what, lambda: kept_features(self.store, features, report), progress)

    def _layers(self, key: str) -> LayerFeatures:
        if catalog.entry(key).causal is None:
            raise UserError(
                f"'{key}' is no causal language model, so it has no hidden states of a token after a start token.",
                "Choose the features 'embedding'.",
            )
        from fuse_core.models.layer_features import LayerFeatures

        return self.once(("layers", key), lambda: LayerFeatures(self.causal(key)))

    def vocabulary_side(self, key: str) -> VocabularySide:
        """A model's part in a fit, without features, where fits run.

        Raises
        ------
        UserError
            For a tokenizer without a model.
        """
        model = self.embedding_model(key)
        table = self.once(("table", key), lambda: model.embedding_table.to(algebra_device(self.device)))
        return VocabularySide(model.tokenizer, table)

    def _sides(self, source: str, target: str, options: FitOptions) -> tuple[VocabularySide, VocabularySide]:
        s, t = self.vocabulary_side(source), self.vocabulary_side(target)
        return (replace(s, features_digest=self._layers(source).digest) if options.features == "layers" else s), t

    def _adapter_info(self, source: str, target: str, options: FitOptions) -> AdapterInfo:
        sides = self._sides(source, target, options)
        return adapter_info(*sides, self.fit_corpus(source, options), options, self.stored)

    def _make_adapter(self, source: str, target: str, options: FitOptions, progress: Progress) -> Adapter:
        if options.features == "layers":
            part = part_of(progress, 0.0, 0.5, "longer words: ")
            longer = self.adapter(source, target, replace(options, features="embedding"), part)
            return self._fitted(source, target, options, part_of(progress, 0.5, 1.0)).completed(longer)
        return self._fitted(source, target, options, progress)

    def _fitted(self, source: str, target: str, options: FitOptions, progress: Progress) -> Adapter:
        (s, t), corpus = self._sides(source, target, options), self.fit_corpus(source, options)

        def fit(report: Progress) -> Adapter:
            layers = options.features == "layers"
            features = self.token_features(source, part_of(report, 0.0, 0.7)) if layers else None
            part = part_of(report, 0.7 * layers, 1.0)
            return stored_as(fit_adapter(replace(s, features=features), t, corpus, options, part), self.stored)

        artefact = adapter_artefact(adapter_info(s, t, corpus, options, self.stored))
        return self.store.get_or_create(artefact, fit, progress).to(algebra_device(self.device))

    def once(self, key: Hashable, make: Callable[[], T], progress: Progress | None = None) -> T:
        """What ``make`` returns, made at most once per key and library, as ``OncePerKey.get``."""
        return self._held.get(key, make, progress)

    def relayed_progress(self, key: Hashable, progress: Progress | None = None) -> Progress:
        """A progress report for the making of ``key`` that reaches those who wait for it, too."""
        return self._held.reporting(key, progress)
