"""What proposes the next token: first-order scores of the whole vocabulary from a target model's gradient.

A dummy word is appended to the prompt and the target's gradient is taken there. ``fuse`` pulls it back to the source's
embedding space with the adapter (arXiv 2408.04816); ``native`` reads it off in the target's own space, the ceiling of
any first-order method. ``lm`` proposes by the language model alone, ``random`` blindly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.words.tokenizer import WordTokenizer

Guidance = Literal["fuse", "native", "lm", "random"]
GUIDANCES: tuple[Guidance, ...] = ("fuse", "native", "lm", "random")

# One letter or more, a leading space or none, or the few marks a caption needs.
_ALLOWED = re.compile(r" ?[A-Za-z]+|,|'s|-")


@dataclass(frozen=True)
class Vocabulary:
    """The source tokens a caption may use.

    Attributes
    ----------
    allowed : Tensor of bool, shape = (vocabulary,)
    starts_word : Tensor of bool, shape = (vocabulary,)
        Tokens with a leading space: they begin a new word; the others lengthen the last one.
    texts : list of str
    """

    allowed: Tensor
    starts_word: Tensor
    texts: list[str] = field(repr=False)

    @classmethod
    def of(cls, tokenizer: WordTokenizer, size: int, device: torch.device) -> Vocabulary:
        """Read off a tokenizer; ``size`` is the width of the model's logits, at least the tokenizer's."""
        texts = tokenizer.token_texts
        allowed = torch.zeros(size, dtype=torch.bool)
        starts = torch.zeros(size, dtype=torch.bool)
        for k, text in enumerate(texts[:size]):
            allowed[k] = k not in tokenizer.special_ids and _ALLOWED.fullmatch(text) is not None
            starts[k] = text.startswith(" ")
        return cls(allowed.to(device), starts.to(device), texts)


@dataclass(frozen=True)
class Proposer:
    """First-order scores of every source token for one target term.

    Attributes
    ----------
    term : TextTerm
    source_table : Tensor, shape = (vocabulary, d_src)
    adapter : Adapter or None
        Needed by ``fuse`` alone.
    native_table : Tensor or None, shape = (vocabulary, d_tgt)
        Mean target embedding of each source token's text; needed by ``native`` alone.
    dummies : tuple of str
        Words the gradient is taken at, each with its leading space; their scores are averaged.
    """

    term: TargetTerm
    source_table: Tensor = field(repr=False)
    adapter: Adapter | None
    native_table: Tensor | None = field(repr=False)
    probe_words: tuple[str, ...] = (" object",)

    def scores(self, prompts: Sequence[str]) -> Tensor:
        """Predicted fall of the weighted loss (up to a constant) for every token appended as a new word.

        Returns
        -------
        Tensor, shape = (prompts, vocabulary)
            Higher is better. One target forward and backward pass over ``prompts x probe_words`` texts, and one
            ``vocabulary x d`` product.
        """
        texts = [prompt + dummy for prompt in prompts for dummy in self.probe_words]
        directions = torch.stack([self.direction(gradient) for gradient in self.term.gradients(texts)])
        directions = directions.view(len(prompts), len(self.probe_words), -1).mean(1)
        return -directions @ self.table.T

    @property
    def table(self) -> Tensor:
        """Embeddings the tokens are scored with, shape = (vocabulary, d): the source's, or the target's for them."""
        if self.adapter is not None:
            return self.source_table
        assert self.native_table is not None
        return self.native_table

    def direction(self, gradient: TargetGradient) -> Tensor:
        """The gradient at a text's last prompt word, shape = (d,), in the space the tokens are scored in.

        Zero where no bucket serves the word.
        """
        at_probe = gradient.grads[gradient.last - 1]  # (d_tgt, j)
        if self.adapter is None:
            return at_probe.mean(1)
        pulled = self.adapter.vjp_words(at_probe.unsqueeze(0), 1)
        if pulled is None:
            return at_probe.new_zeros(self.source_table.shape[1])
        return pulled[0, :, 0]


def native_table(source: WordTokenizer, target: WordTokenizer, table: Tensor, size: int) -> Tensor:
    """Mean target embedding of every source token's text, shape = (size, d_tgt). Cost: one pass over the vocabulary."""
    result = torch.zeros(size, table.shape[1], dtype=table.dtype, device=table.device)
    for k, ids in enumerate(target.encode_batch(source.token_texts[:size])):
        if ids:
            result[k] = table[torch.tensor(ids, device=table.device)].mean(0)
    return result


def standardise(scores: Tensor, allowed: Tensor) -> Tensor:
    """z-scores over the allowed vocabulary, row by row: mean 0 and deviation 1, so the LM's term does not drown them.

    Parameters
    ----------
    scores : Tensor, shape = (prompts, vocabulary)
    allowed : Tensor of bool, shape = (vocabulary,)
    """
    chosen = scores[:, allowed]
    return (scores - chosen.mean(1, keepdim=True)) / chosen.std(1, keepdim=True, correction=0).clamp_min(1e-12)
