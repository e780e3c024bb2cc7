"""A word as a tensor: by hand, there and back, and with the embeddings of two models (FUSE, arXiv 2408.04816)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models.protocols import EmbeddingModel
from fuse_core.words.buckets import split_words
from fuse_core.words.word import Word
from fuse_core.words.word_tensors import merge, pad_slots, split, word_tensor

SOURCE, TARGET = "smollm2", "minilm"
WORDS = ("photographer's", "snuggle", "lighthouse")
DECIMALS = 3  # of a recorded value
MOST = 8  # slots of a word that is shown


@dataclass(frozen=True)
class RoundTrip:
    """The tokens of one word, made a tensor and merged again.

    Attributes
    ----------
    tensor : Tensor, shape = (1, d, l)
    back : Tensor, shape = (min(tokens, l), d)
    padded, lost : int
        Slots of zeros, and tokens that were cut off.
    """

    tensor: Tensor
    back: Tensor
    padded: int
    lost: int


def round_trip(x: Tensor, l: int) -> RoundTrip:
    """Split the tokens of one word, shape = (tokens, d), into a tensor of ``l`` slots, and merge it."""
    tokens = x.shape[0]
    tensor = pad_slots(split(x, [tokens])[0], l)
    return RoundTrip(tensor, merge([tensor], [min(tokens, l)]), max(l - tokens, 0), max(tokens - l, 0))


@dataclass(frozen=True)
class Side:
    """A word as one model sees it: its tokens, and their tensor, shape = (1, d, l) with the pair's l."""

    tokens: tuple[str, ...]
    tensor: Tensor

    @property
    def norms(self) -> list[float]:
        """Of each slot."""
        return self.tensor[0].norm(dim=0).tolist()

    @property
    def spread(self) -> float:
        """What 99 of a hundred numbers of its tokens do not exceed in size."""
        return float(self.tensor[:, :, : len(self.tokens)].abs().quantile(0.99))


@dataclass(frozen=True)
class WordValues:
    """A word as two models see it, both padded to ``l = max(i, j)`` slots."""

    word: str
    source: Side
    target: Side


def word_values(source: EmbeddingModel, target: EmbeddingModel, word: str) -> WordValues:
    """The input embeddings of a word's tokens, as it is cut inside a sentence.

    Raises
    ------
    UserError
        For what is no single word, is beyond a tokenizer, or longer than ``MOST`` tokens.
    """
    if len(word.split()) != 1:
        raise UserError("That is not one word.", "Type one word, without white space.")
    cut = [split_words(model.tokenizer, [word])[0] for model in (source, target)]
    if any(side.unknown for side in cut):
        raise UserError("One of the two tokenizers has no tokens for this word.", "Choose another word.")
    l = max(len(side.ids) for side in cut)
    if l > MOST:
        raise UserError(f"This word has {l} tokens.", f"Choose one of at most {MOST}.")
    return WordValues(word, _side(source, cut[0], l), _side(target, cut[1], l))


def _side(model: EmbeddingModel, word: Word, l: int) -> Side:
    tensor = word_tensor(model.embedding_table, [word.ids], l).detach().float().cpu()
    return Side(tuple(token.strip() for token in word.tokens), tensor)


def live(library: Library, source: str, target: str, word: str, progress: Progress) -> WordValues:
    """The same for two models of a library."""
    models = []
    for k, key in enumerate((source, target)):
        progress(k / 2, key)
        models.append(library.embedding_model(key))
    return word_values(models[0], models[1], word)


def measure(library: Library) -> dict[str, Any]:
    """The words on show, with the embeddings of the pair that the page begins with."""
    words = [live(library, SOURCE, TARGET, word, lambda share, what: None) for word in WORDS]
    return {"source": SOURCE, "target": TARGET, "decimals": DECIMALS, "words": [_plain(word) for word in words]}


def from_record(values: dict[str, Any]) -> WordValues:
    """One of the recorded words."""
    l = max(len(values[side]["tokens"]) for side in ("source", "target"))
    source, target = (
        Side(tuple(values[side]["tokens"]), round_trip(torch.tensor(values[side]["embeddings"]), l).tensor)
        for side in ("source", "target")
    )
    return WordValues(values["word"], source, target)


def _plain(word: WordValues) -> dict[str, Any]:
    sides = {}
    for name, side in (("source", word.source), ("target", word.target)):
        rows = merge([side.tensor], [len(side.tokens)]).tolist()
        embeddings = [[round(value, DECIMALS) for value in row] for row in rows]
        sides[name] = {"tokens": list(side.tokens), "embeddings": embeddings}
    return {"word": word.word, **sides}


LESSON = RecordedLesson("tensors", 3, measure)
