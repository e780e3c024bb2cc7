"""The models and adapters one process holds, each loaded once however many people ask for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch

from fuse_core.adapter.adapter import Adapter, AdapterInfo
from fuse_core.adapter.file import FILE, adapter_artefact
from fuse_core.adapter.fit import FitOptions, VocabularySide, adapter_info, fit_adapter
from fuse_core.common.artefacts import ArtefactStore
from fuse_core.common.errors import UserError
from fuse_core.common.once import OncePerKey
from fuse_core.common.progress import Progress
from fuse_core.common.storage import cache_dir
from fuse_core.models import catalog
from fuse_core.models.entry import CAUSAL, CLASSIFIER, IMAGE_TEXT, TEXT, TOKENIZER, Entry, Loader
from fuse_core.words.corpus import Corpus, english, with_vocabulary

if TYPE_CHECKING:
    from fuse_core.models.protocols import CausalModel, EmbeddingModel, ImageTextModel, TextClassifier, TextEncoder
    from fuse_core.words.tokenizer import WordTokenizer

T = TypeVar("T")


class Library:
    """Loads and keeps models and adapters. They are read-only, so users may share them; safe across threads.

    Parameters
    ----------
    cache : Path, optional
        The cache folder; default ``storage.cache_dir()``.
    device : torch.device or str
        Where models and adapters live.
    """

    def __init__(self, cache: Path | None = None, device: torch.device | str = "cpu") -> None:
        self.store = ArtefactStore(cache or cache_dir())
        self.device = torch.device(device)
        self._held = OncePerKey()

    @property
    def cache(self) -> Path:
        """The cache folder."""
        return self.store.root

    def tokenizer(self, key: str) -> WordTokenizer:
        """A tokenizer, without its model where it comes by itself."""
        known = catalog.entry(key)
        if known.reads_with:
            return self.tokenizer(known.reads_with)
        return self._loaded(TOKENIZER, known, known.tokenizer)

    def causal(self, key: str) -> CausalModel:
        """A causal language model."""
        known = catalog.entry(key)
        return self._loaded(CAUSAL, known, known.causal)

    def text_encoder(self, key: str) -> TextEncoder:
        """A text encoder: the text side alone of an image-text model that has one."""
        known = catalog.entry(key)
        return self._loaded(TEXT, known, known.text)

    def image_text(self, key: str) -> ImageTextModel:
        """An image-text model."""
        known = catalog.entry(key)
        return self._loaded(IMAGE_TEXT, known, known.image_text)

    def classifier(self, key: str) -> TextClassifier:
        """A text classifier; one that reads with another model's embeddings shares that model."""
        known = catalog.entry(key)
        return self._loaded(CLASSIFIER, known, known.classifier)

    def _loaded(self, role: str, known: Entry, load: Loader[T] | None) -> T:
        if load is None:
            raise UserError(f"'{known.key}' is no {role} model.", f"Choose one of: {', '.join(catalog.keys(role))}.")

        def make() -> T:
            model = load(known, self)
            return model if role == TOKENIZER else model.to(self.device)  # type: ignore[attr-defined]

        return self.once((role, known.key), make)

    def embedding_model(self, key: str) -> EmbeddingModel:
        """A model in whichever role it has that comes with an embedding table.

        Raises
        ------
        UserError
            For a tokenizer without a model.
        """
        known = catalog.entry(key)
        if known.causal:
            return self.causal(key)
        if known.text:
            return self.text_encoder(key)
        if known.image_text:
            return self.image_text(key)
        if known.classifier:
            return self.classifier(key)
        others = ", ".join(catalog.keys(CAUSAL, TEXT, IMAGE_TEXT, CLASSIFIER))
        raise UserError(f"'{key}' is a tokenizer without embeddings.", f"Choose one of: {others}.")

    def adapter(
        self,
        source: str,
        target: str,
        options: FitOptions = FitOptions(),
        progress: Progress | None = None,
    ) -> Adapter:
        """The adapter of a pair: from memory, from the cache folder, or fitted and kept there.

        A cache folder that cannot be written costs a warning; the adapter is then held in memory only.
        """
        options.check()
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
        return self.store.has(adapter_artefact(self._adapter_info(source, target, options)))

    def fit_corpus(self, source: str, options: FitOptions) -> Corpus:
        """The words a pair's adapter is fitted on: the source's own one-token words, then English by frequency."""
        tokenizer = self.tokenizer(source)
        return self.once(("corpus", source, options.words), lambda: with_vocabulary(english(options.words), tokenizer))

    def _sides(self, source: str, target: str) -> tuple[VocabularySide, VocabularySide]:
        s, t = (self.embedding_model(key) for key in (source, target))
        return VocabularySide(s.tokenizer, s.embedding_table), VocabularySide(t.tokenizer, t.embedding_table)

    def _adapter_info(self, source: str, target: str, options: FitOptions) -> AdapterInfo:
        return adapter_info(*self._sides(source, target), self.fit_corpus(source, options), options)

    def _make_adapter(self, source, target, options, progress: Progress) -> Adapter:
        sides, corpus = self._sides(source, target), self.fit_corpus(source, options)
        adapter = self.store.get_or_create(
            adapter_artefact(adapter_info(*sides, corpus, options)),
            lambda report: fit_adapter(*sides, corpus, options, report),
            progress,
        )
        return adapter.to(self.device)

    def once(self, key: Hashable, make: Callable[[], T], progress: Progress | None = None) -> T:
        """What ``make`` returns, made at most once per key and library, as ``OncePerKey.get``."""
        return self._held.get(key, make, progress)

    def relayed_progress(self, key: Hashable, progress: Progress | None = None) -> Progress:
        """A progress report for the making of ``key`` that reaches those who wait for it, too."""
        return self._held.reporting(key, progress)
