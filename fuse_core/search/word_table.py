"""Whole words as a text model reads them: the pool that word proposals are retrieved from.

Computed once per model, whatever the prefix, and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fuse_core.common.artefacts import get_or_create
from fuse_core.common.progress import Progress
from fuse_core.common.storage import write_atomically
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.protocols import TextReader
from fuse_core.words.corpus import Corpus, english

log = logging.getLogger(__name__)

WORDS = 40_000
# A caption's prefix, not the word alone: over 24 pictures x 8 contexts, words embedded so rank as the true losses do
# (Spearman 0.87, 96 % of the best 16 among the first 64); words alone 0.75 and 82 %.
TEMPLATE = "An image of {}"
CHUNK = 2000  # words between two reports of progress
PROBES = 8


class TableInfo(NamedTuple):
    """What a table was made of: two tables of equal info hold the same words under tokenizers that cut alike."""

    target: str
    fingerprint: str
    template: str
    words: str

    @property
    def file_name(self) -> str:
        digest = hashlib.sha256("\n".join(self).encode()).hexdigest()[:12]
        return f"{self.target}-{digest}.safetensors"


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
    The first time one text encoding a word, 40,000 in all: a minute or two on two cores, 30 MB on disk.
    A cache folder that cannot be written costs a warning.
    """
    name = ("word-table", key)
    return library.once(name, lambda: _find_or_make(library, key, library.telling(name, progress)), progress)


def _find_or_make(library: Library, key: str, progress: Progress | None) -> WordTable:
    classifies = catalog.IMAGE_TEXT not in catalog.entry(key).roles
    model = library.classifier(key) if classifies else library.image_text(key)
    corpus = caption_words()
    words = hashlib.sha256(" ".join(corpus.words).encode()).hexdigest()
    info = TableInfo(key, model.tokenizer.fingerprint, TEMPLATE, words)
    path = library.cache / "words" / info.file_name
    vectors = get_or_create(
        path,
        lambda: load_vectors(path, info, model, corpus),
        lambda: encode_words(model, corpus, progress),
        lambda made: save_vectors(made, info, path),
        lambda: progress and progress(0.0, f"Waiting for another process that reads the words with {key}"),
    )
    return WordTable(corpus, vectors.to(model.embedding_table.device))


def encode_words(model: TextReader, corpus: Corpus, progress: Progress | None = None) -> Tensor:
    """Readings of ``TEMPLATE`` with each word, shape = (words, width). One text encoding a word."""
    vectors = []
    for start in range(0, len(corpus.words), CHUNK):
        if progress:
            progress(start / len(corpus.words), f"Reading {len(corpus.words):,} words with {model.key}, once")
        texts = [TEMPLATE.format(word) for word in corpus.words[start : start + CHUNK]]
        vectors.append(model.encode_ids(model.tokenizer.encode_batch(texts)))
    return torch.cat(vectors)


def save_vectors(vectors: Tensor, info: TableInfo, path: Path) -> None:
    """Write vectors atomically, as 16-bit floats: they rank words, and the true loss then decides.

    Raises
    ------
    UserError
        When the folder is read-only or full.
    """
    tensors = {"vectors": vectors.half().contiguous().cpu()}
    write_atomically(path, lambda temporary: save_file(tensors, temporary, info._asdict()))


def load_vectors(path: Path, info: TableInfo, model: TextReader, corpus: Corpus) -> Tensor | None:
    """Read vectors; None when the file is missing, damaged or of another model, the latter two with a warning.

    A few words are encoded again and compared, for a model may change under the same name.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            same = file.metadata() == info._asdict()
            vectors = file.get_tensor("vectors").float()
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        log.warning("The word table %s is damaged and is made again (%s).", path.name, type(error).__name__)
        return None
    probes = list(range(0, len(corpus.words), max(1, len(corpus.words) // PROBES)))
    if same and len(vectors) == len(corpus.words):
        again = encode_words(model, Corpus("probes", tuple(corpus.words[k] for k in probes), (0.0,) * len(probes)))
        if again.shape[1] == vectors.shape[1] and torch.allclose(again.cpu(), vectors[probes], atol=2e-3, rtol=2e-3):
            return vectors
    log.warning("The word table %s is of another model and is made again.", path.name)
    return None
