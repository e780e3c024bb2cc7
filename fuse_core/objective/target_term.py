"""A target model's term of the objective: the loss of a text, and its gradient at the model's own input embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.models.protocols import EmbeddingModel
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word

M = TypeVar("M", bound=EmbeddingModel)


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
    model : EmbeddingModel
    weight : float
    prefix, suffix : str
        Text around the prompt, this model's own.
    """

    model: M
    weight: float
    prefix: str
    suffix: str

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

    @abstractmethod
    def losses(self, prompts: Sequence[str]) -> Tensor:
        """Loss of each prompt text, shape = (prompts,)."""

    def gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        """Gradients at the target's own input embeddings. One forward and backward pass for the whole batch.

        Of half as many prompts at a time where memory runs out.
        """
        limit, device, found = BatchLimit(max(1, len(prompts)), 1), self.model.embedding_table.device, []
        while len(found) < len(prompts):
            left = prompts[len(found) :]
            found += limit.attempt(device, len(left), lambda count, left=left: self._gradients(left[:count]))
        return found

    @abstractmethod
    def _gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        """Those of a batch that memory bears."""


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
