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
        texts, special = tokenizer.token_texts, tokenizer.special_ids
        flags = [k not in special and _ALLOWED.fullmatch(text) is not None for k, text in enumerate(texts[:size])]
        allowed, starts = torch.zeros(2, size, dtype=torch.bool, device=device)  # a table may have rows without a token
        allowed[: len(flags)] = torch.tensor(flags, device=device)
        starts[: len(flags)] = torch.tensor(tokenizer.starts_word[:size], device=device)
        return cls(allowed, starts, texts, tokenizer)

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
    model = library.embedding_model(key)
    size, device = len(model.embedding_table), model.embedding_table.device
    return library.once(("vocabulary", key), lambda: Vocabulary.of(model.tokenizer, size, device))
