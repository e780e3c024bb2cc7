"""Terms that are read off a whole text: what a model makes of it as one vector becomes a loss.

A term differs from another in one thing only, ``loss_of``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

from fuse_core.models.protocols import TextReader
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.words.word_tensors import split

R = TypeVar("R", bound=TextReader)


class ReadingTerm(TargetTerm[R]):
    """The loss of a model's reading of a text."""

    @abstractmethod
    def loss_of(self, outputs: Tensor) -> Tensor:
        """Losses from the model's readings, shape (texts, width) -> (texts,); differentiable."""

    def losses(self, prompts: Sequence[str]) -> Tensor:
        """Loss of each prompt text, shape = (prompts,)."""
        return self.loss_of(self.read(prompts))

    def read(self, prompts: Sequence[str]) -> Tensor:
        """The model's readings of the prompt texts, shape = (prompts, width), as ``loss_of`` takes them.

        Tokenised at once, encoded in batches sorted by length.
        """
        return self.model.encode_ids(self.tokenizer.encode_batch([self.text(p) for p in prompts]))

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
