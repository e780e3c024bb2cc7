"""Whole words as a text model reads them: the pool that word proposals are retrieved from.

Computed once per model, whatever the prefix, and kept in the cache folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import torch
from torch import Tensor

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.protocols import VectorReader
from fuse_core.models.readings import kept_readings
from fuse_core.words.corpus import Corpus, english

WORDS = 40_000
# A caption's prefix, not the word alone: over 24 pictures x 8 contexts, words embedded so rank as the true losses do
# (Spearman 0.87, 96 % of the best 16 among the first 64); words alone 0.75 and 82 %.
TEMPLATE = "An image of {}"


@dataclass(frozen=True)
class WordTable:
    """Words and their text vectors.

    Attributes
    ----------
    corpus : Corpus
        Lower-case ASCII words, most frequent first, with their shares of running text.
    vectors : Tensor, shape = (words, width)
        What the model makes of ``TEMPLATE`` with each word: unit vectors, or a classifier's log-probabilities.
    """

    corpus: Corpus
    vectors: Tensor = field(repr=False)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each word."""
        return {word: k for k, word in enumerate(self.corpus.words)}


@cache
def caption_words(n: int = WORDS) -> Corpus:
    """The ``n`` most frequent English words of letters a to z alone; single letters other than a and i are left out."""
    whole = english()
    kept = [k for k, word in enumerate(whole.words) if word.isascii() and word.isalpha() and _is_word(word)][:n]
    words, weights = zip(*((whole.words[k], whole.weights[k]) for k in kept), strict=True)
    return Corpus(f"{whole.name}-letters-{len(words)}", words, weights)


def _is_word(text: str) -> bool:
    return len(text) > 1 or text in ("a", "i")


def word_table(library: Library, key: str, progress: Progress | None = None) -> WordTable:
    """The table of an image-text model or a classifier: from memory, from the cache folder, or computed and kept there.

    Parameters
    ----------
    key : str
        Catalog key of the model.

    Notes
    -----
    The first time one text encoding a word, 40,000 in all: a minute or two on two cores. Kept as 16-bit floats (30 MB):
    they rank words, and the true loss then decides.
    """
    name = ("word-table", key)
    return library.once(name, lambda: _find_or_make(library, key, library.relayed_progress(name, progress)), progress)


def unread_words(device: torch.device) -> WordTable:
    """The same words where no model reads them: vectors of no numbers."""
    corpus = caption_words()
    return WordTable(corpus, torch.zeros(len(corpus.words), 0, device=device))


def _find_or_make(library: Library, key: str, progress: Progress | None) -> WordTable:
    known = catalog.entry(key)
    model = library.classifier(key) if known.classifier else library.text_encoder(key)
    if known.reads_with and isinstance(model, VectorReader):
        encoders = word_table(library, known.reads_with, progress)
        return replace(encoders, vectors=model.read(encoders.vectors))
    corpus = caption_words()
    texts = caption_texts(corpus)
    vectors = kept_readings(library.store, "words", model, texts, torch.float16, progress, "words")
    return WordTable(corpus, vectors)


def caption_texts(corpus: Corpus) -> list[str]:
    """Every word in a caption, as models read it."""
    return [TEMPLATE.format(word) for word in corpus.words]
