"""A target model's term of the objective: what is common to all losses that are read off a text.

A term differs from another in one thing only, ``loss_of``: how the model's reading of a text becomes a loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.models.protocols import EmbeddingModel, TextReader
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word
from fuse_core.words.word_tensors import split

M = TypeVar("M", bound=TextReader)


@dataclass(frozen=True)
class TargetGradient:
    """A target model's gradient on one text.

    Attributes
    ----------
    loss : float
        Unweighted loss of the text.
    words : tuple of Word
        The text's words under the target tokenizer, prefix and suffix included.
    grads : tuple of Tensor, each of shape (1, d_tgt, j)
        Gradient of the *weighted* loss at each word's tokens: a word tensor, the paper's ``G``.
    first, last : int
        ``words[first:last]`` are the prompt's.
    slots : tuple of slice
        Of each of the prompt's words, the tokens that cover a letter of the prompt: those of a suffix without a space
        before it belong to the word, and not to the prompt.
    """

    loss: float
    words: tuple[Word, ...]
    grads: tuple[Tensor, ...]
    first: int
    last: int
    slots: tuple[slice, ...]

    @property
    def of_prompt(self) -> tuple[Tensor, ...]:
        """The gradient at the prompt's own words, each of shape (1, d_tgt, j): of their ``slots`` alone."""
        words = self.grads[self.first : self.last]
        return tuple(word[:, :, slots] for word, slots in zip(words, self.slots, strict=True))

    @property
    def at_last_word(self) -> Tensor:
        """The gradient at the prompt's last word, shape = (1, d_tgt, j)."""
        return self.of_prompt[-1]


class TargetTerm(ABC, Generic[M]):
    """The loss of a text under one target model.

    Attributes
    ----------
    model : TextReader
    weight : float
    prefix, suffix : str
        Text around the prompt, this model's own.
    """

    model: M
    weight: float
    prefix: str
    suffix: str

    @abstractmethod
    def loss_of(self, outputs: Tensor) -> Tensor:
        """Losses from the model's readings, shape (texts, width) -> (texts,); differentiable."""

    @property
    def name(self) -> str:
        """What the term's losses are filed under; no two terms of an objective share one."""
        return self.model.key

    @property
    def tokenizer(self) -> WordTokenizer:
        return self.model.tokenizer

    def text(self, prompt: str) -> str:
        """The whole text the model reads."""
        return self.prefix + prompt + self.suffix

    def check_length(self, prompt: str) -> None:
        """Raise ``UserError`` when the text is longer than the model's context."""
        check_length(self.model, len(self.tokenizer.encode(self.text(prompt))) + 2, self.model.key)

    def fits(self, prompts: Sequence[str]) -> list[bool]:
        """Whether each prompt's text, the two special tokens included, fits the model's context."""
        ids = self.tokenizer.encode_batch([self.text(p) for p in prompts])
        return [len(row) + 2 <= self.model.max_length for row in ids]

    def losses(self, prompts: Sequence[str]) -> Tensor:
        """Loss of each prompt text, shape = (prompts,)."""
        return self.loss_of(self.read(prompts))

    def read(self, prompts: Sequence[str]) -> Tensor:
        """The model's readings of the prompt texts, shape = (prompts, width), as ``loss_of`` takes them.

        Tokenised at once, encoded in batches sorted by length.
        """
        return self.model.encode_ids(self.tokenizer.encode_batch([self.text(p) for p in prompts]))

    def gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        """Gradients at the target's own input embeddings. One forward and backward pass for the whole batch.

        Of half as many prompts at a time where memory runs out.
        """
        limit, device, found = BatchLimit(max(1, len(prompts)), 1), self.model.embedding_table.device, []
        while len(found) < len(prompts):
            left = prompts[len(found) :]
            found += limit.attempt(device, len(left), lambda count, left=left: self._gradients(left[:count]))
        return found

    def _gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        splits = self.tokenizer.split_batch([self.text(p) for p in prompts])
        table = self.model.embedding_table
        inputs = []
        for words in splits:
            ids = torch.tensor([i for w in words for i in w.ids], dtype=torch.long, device=table.device)
            inputs.append(table[ids].detach().requires_grad_(True))
        with torch.enable_grad():
            losses = self.loss_of(self.model.encode_embeddings(inputs))
            grads = torch.autograd.grad(self.weight * losses.sum(), inputs)
        results = []
        for prompt, words, loss, grad in zip(prompts, splits, losses.detach().tolist(), grads, strict=True):
            begin = len(self.prefix)
            end = begin + len(prompt)
            inside = [k for k, w in enumerate(words) if w.span[1] > begin and w.span[0] < end]
            pieces = split(grad, [len(w.ids) for w in words])
            first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
            slots = tuple(word.tokens_within(begin, end) for word in words[first:last])
            results.append(TargetGradient(loss, tuple(words), tuple(pieces), first, last, slots))
        return results


def check_length(
    model: EmbeddingModel, tokens: int, name: str, parts: Sequence[str] = ("prefix", "prompt", "suffix")
) -> None:
    """Raise ``UserError`` when a text of that many tokens, made of ``parts``, does not fit a model's context."""
    if tokens > model.max_length:
        *others, last = parts
        ours = " or ".join(f"the {part}" for part in parts if part != "prompt")
        raise UserError(
            f"{', '.join(others).capitalize()} and {last} make {tokens} tokens, "
            f"more than the {model.max_length} that {name} reads.",
            f"Shorten {ours}, or take fewer steps.",
        )
