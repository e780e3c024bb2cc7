"""The source tokens that may stand in a caption."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from fuse_core.library import Library
from fuse_core.words.tokenizer import WordTokenizer

# One letter or more, a leading space or none, or the few marks a caption needs.
_ALLOWED = re.compile(r" ?[A-Za-z]+|,|'s|-")
# A full stop, with what closes a quotation or a bracket after it, or a line break.
_END = re.compile(r" ?\.[\"'\u201d\u2019)\]]*\s*|\s*\n\s*")


@dataclass(frozen=True)
class Vocabulary:
    """The source tokens a caption may use.

    Attributes
    ----------
    allowed : Tensor of bool, shape = (vocabulary,)
    starts_word : Tensor of bool, shape = (vocabulary,)
        Tokens that begin a new word; the others lengthen the last one.
    texts : list of str
        What each token adds to a text before it.
    tokenizer : WordTokenizer
        They are of.
    """

    allowed: Tensor
    starts_word: Tensor
    texts: list[str] = field(repr=False)
    tokenizer: WordTokenizer = field(repr=False)

    @classmethod
    def of(cls, tokenizer: WordTokenizer, size: int, device: torch.device) -> Vocabulary:
        """Read off a tokenizer; ``size`` is the width of the model's logits, at least the tokenizer's."""
        texts = tokenizer.token_texts
        allowed = torch.zeros(size, dtype=torch.bool)
        starts = torch.zeros(size, dtype=torch.bool)
        starts[: len(texts)] = torch.tensor(tokenizer.starts_word[:size])
        for k, text in enumerate(texts[:size]):
            allowed[k] = k not in tokenizer.special_ids and _ALLOWED.fullmatch(text) is not None
        return cls(allowed.to(device), starts.to(device), texts, tokenizer)

    @cached_property
    def ends(self) -> Tensor:
        """Ids of what ends a caption after its last word: full stops, line breaks, and special tokens (end-of-text)."""
        special = self.tokenizer.special_ids
        return self._ids(k for k, text in enumerate(self.texts) if k in special or _END.fullmatch(text))

    @cached_property
    def letters(self) -> Tensor:
        """Ids of tokens that begin with a letter, and so lengthen the word before them."""
        special = self.tokenizer.special_ids
        return self._ids(k for k, text in enumerate(self.texts) if text[:1].isalpha() and k not in special)

    def _ids(self, found: Iterable[int]) -> Tensor:
        return torch.tensor(list(found), dtype=torch.long, device=self.allowed.device)

    @cached_property
    def stable_words(self) -> list[int]:
        """Allowed tokens that begin a word and are cut back into themselves, so that any row of them is a prompt.

        Cost: one tokenisation of the vocabulary, once.
        """
        pool = (self.allowed & self.starts_word).nonzero()[:, 0].tolist()
        again = self.tokenizer.encode_continuations([self.texts[k] for k in pool])
        return [k for k, row in zip(pool, again, strict=True) if row == [k]]


def source_vocabulary(library: Library, key: str) -> Vocabulary:
    """The vocabulary of a model of the library, read once."""
    side = library.vocabulary_side(key)
    return library.once(("vocabulary", key), lambda: Vocabulary.of(side.tokenizer, len(side.table), side.table.device))
