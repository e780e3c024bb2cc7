"""The models and adapters one process holds, each loaded once however many people ask for it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import torch

from fuse_core.adapter.adapter import Adapter, AdapterInfo
from fuse_core.adapter.file import adapter_path, load_adapter, save_adapter
from fuse_core.adapter.fit import Cancelled, FitOptions, VocabularySide, adapter_info, fit_adapter
from fuse_core.common.artefacts import get_or_create
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.common.storage import cache_dir
from fuse_core.models import catalog
from fuse_core.models.protocols import CausalModel, EmbeddingModel, ImageTextModel, TextClassifier
from fuse_core.words.corpus import Corpus, english, with_vocabulary
from fuse_core.words.tokenizer import WordTokenizer

T = TypeVar("T")
POLL = 0.25  # seconds between two looks at what another thread makes


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
        self.cache = cache or cache_dir()
        self.device = torch.device(device)
        self._held: dict[Hashable, object] = {}
        self._locks: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)
        self._news: dict[Hashable, tuple[float, str]] = {}
        self._guard = threading.Lock()

    def tokenizer(self, key: str) -> WordTokenizer:
        """A tokenizer, without its model where it comes by itself."""
        from fuse_core.models import loaders

        known = catalog.entry(key)
        if known.reads_with:
            return self.tokenizer(known.reads_with)
        if known.tokenizer_in_model:
            return self.causal(key).tokenizer
        return self.once(("tokenizer", key), lambda: loaders.load_tokenizer(key))

    def causal(self, key: str) -> CausalModel:
        """A causal language model."""
        from fuse_core.models import loaders

        return self.once(("causal", key), lambda: loaders.load_causal(key, self.cache).to(self.device))

    def image_text(self, key: str) -> ImageTextModel:
        """An image-text model."""
        from fuse_core.models import loaders

        return self.once(("image-text", key), lambda: loaders.load_image_text(key).to(self.device))

    def classifier(self, key: str) -> TextClassifier:
        """A text classifier; one that reads with another model's embeddings shares that model."""
        from fuse_core.models import loaders

        shared = catalog.entry(key).reads_with
        encoder = self.image_text(shared) if shared else None
        return self.once(("classifier", key), lambda: loaders.load_classifier(key, self.cache, encoder).to(self.device))

    def embedding_model(self, key: str) -> EmbeddingModel:
        """A model in whichever role it has that comes with an embedding table.

        Raises
        ------
        UserError
            For a tokenizer without a model.
        """
        self._check_embeddings(key)
        roles = catalog.entry(key).roles
        if catalog.CAUSAL in roles:
            return self.causal(key)
        return self.image_text(key) if catalog.IMAGE_TEXT in roles else self.classifier(key)

    @staticmethod
    def _check_embeddings(key: str) -> None:
        roles = (catalog.CAUSAL, catalog.IMAGE_TEXT, catalog.CLASSIFIER)
        with_table = [known for role in roles for known in catalog.keys(role)]
        if not set(roles) & set(catalog.entry(key).roles):
            raise UserError(f"'{key}' is a tokenizer without embeddings.", f"Choose one of: {', '.join(with_table)}.")

    def adapter(
        self,
        source: str,
        target: str,
        options: FitOptions = FitOptions(),
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Adapter:
        """The adapter of a pair: from memory, from the cache folder, or fitted and kept there.

        A cache folder that cannot be written costs a warning; the adapter is then held in memory only.
        """
        options.check()
        key = ("adapter", source, target, options)
        say = self.telling(key, progress)
        return self.once(key, lambda: self._make_adapter(source, target, options, say, cancelled), progress)

    def adapter_file(self, source: str, target: str, options: FitOptions) -> Path:
        """Where that adapter is kept."""
        return adapter_path(self.cache, self._adapter_info(source, target, options))

    def has_adapter(self, source: str, target: str, options: FitOptions = FitOptions()) -> bool:
        """Whether that adapter can be had without a fit: it is in memory, or its file is in the cache folder.

        Raises
        ------
        UserError
            For a tokenizer without a model, which has no adapters.
        """
        for key in (source, target):
            self._check_embeddings(key)
        held = ("adapter", source, target, options) in self._held
        return held or self.adapter_file(source, target, options).exists()

    def fit_corpus(self, source: str, options: FitOptions) -> Corpus:
        """The words a pair's adapter is fitted on: the source's own one-token words, then English by frequency."""
        tokenizer = self.tokenizer(source)
        return self.once(("corpus", source, options.words), lambda: with_vocabulary(english(options.words), tokenizer))

    def _adapter_info(self, source: str, target: str, options: FitOptions) -> AdapterInfo:
        words = self.fit_corpus(source, options).name
        return adapter_info(self.tokenizer(source), self.tokenizer(target), words, options)

    def _make_adapter(self, source, target, options, progress: Progress, cancelled) -> Adapter:
        s, t = self.embedding_model(source), self.embedding_model(target)
        expected = self._adapter_info(source, target, options)
        path = adapter_path(self.cache, expected)
        sides = VocabularySide(s.tokenizer, s.embedding_table), VocabularySide(t.tokenizer, t.embedding_table)

        def waiting() -> None:
            if cancelled is not None and cancelled():
                raise Cancelled
            progress(0.0, "Waiting for another process that fits the same adapter")

        adapter = get_or_create(
            path,
            lambda: load_adapter(path, expected),
            lambda: fit_adapter(*sides, self.fit_corpus(source, options), options, progress, cancelled),
            lambda made: save_adapter(made, path),
            waiting,
        )
        return adapter.to(self.device)

    def once(self, key: Hashable, make: Callable[[], T], progress: Progress | None = None) -> T:
        """What ``make`` returns, made at most once per key.

        Parameters
        ----------
        progress : callable, optional
            Told, while another thread makes it, what that thread says through ``telling``. What it raises ends the wait
            and leaves the other thread at work.
        """
        with self._guard:
            lock = self._locks[key]
        while not lock.acquire(timeout=POLL):
            if progress and (news := self._news.get(key)):
                progress(*news)
        try:
            if key not in self._held:
                self._held[key] = make()
            return self._held[key]  # type: ignore[return-value]
        finally:
            self._news.pop(key, None)
            lock.release()

    def telling(self, key: Hashable, progress: Progress | None = None) -> Progress:
        """A progress report for the making of ``key`` that reaches those who wait for it, too."""

        def say(share: float, what: str) -> None:
            self._news[key] = share, what
            if progress:
                progress(share, what)

        return say
