"""A second language model's fluency as a term of the objective, its gradient carried back like any target's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from fuse_core.models.protocols import CausalModel
from fuse_core.objective.language_term import LOGITS_PER_BATCH, LanguageTerm
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.tensor.gram import gram_pinv
from fuse_core.words.word_tensors import split


@dataclass(frozen=True)
class FluencyTerm(TargetTerm[CausalModel]):
    """Mean negative log-likelihood of a prompt under a language model that does not write it, in nats a token.

    Attributes
    ----------
    model : CausalModel
    weight : float
    prefix, suffix : str
    """

    model: CausalModel
    weight: float = 1.0
    prefix: str = ""
    suffix: str = ""

    @cached_property
    def language(self) -> LanguageTerm:
        """The model as its own tokens are scored by it."""
        return LanguageTerm(self.model, self.weight, self.prefix, self.suffix)

    def _ids(self, prompts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer.encode_continuations(prompts)

    def losses(self, prompts: Sequence[str]) -> Tensor:
        """Loss of each prompt, shape = (prompts,). Forward passes in large batches."""
        return self.language.losses(self._ids(prompts))

    def check_length(self, prompt: str) -> None:
        self.language.check_length(len(self._ids([prompt])[0]))

    def fits(self, prompts: Sequence[str]) -> list[bool]:
        return self.language.fits(self._ids(prompts))

    def gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        """Gradients at the model's own input embeddings. A forward and backward pass for as many as memory bears."""
        tokens = max((len(row) for row in self._ids(prompts)), default=0) + self.language.around
        count = max(1, LOGITS_PER_BATCH // (2 * tokens * len(self.model.embedding_table)))
        parts = (prompts[k : k + count] for k in range(0, len(prompts), count))
        return [found for part in parts for found in super(FluencyTerm, self).gradients(part)]

    def _gradients(self, prompts: Sequence[str]) -> list[TargetGradient]:
        """At the prompts' own words.

        A token is read by the model and predicted by it. What its embedding ``x`` is worth as a label is taken at its
        coordinates ``x E⁺`` in the table, as ``kl_prompt`` does: for a table of full row rank they are the one-hot
        label, else its projection to what embeddings can say.
        """
        rows, table, start = self._ids(prompts), self.model.embedding_table, len(self.language.context())
        around = (self.language.context(), self.tokenizer.encode_continuation(self.suffix))
        ids = [torch.tensor([*around[0], *row, *around[1]], device=table.device) for row in rows]
        inputs = [table[row].detach().requires_grad_(True) for row in ids]
        with torch.enable_grad():
            logits = self.model.logits_from_embeddings(pad_sequence(inputs, batch_first=True))
            pairs = list(zip(logits, ids, strict=True))
            surprise = [-own[start - 1 : len(row) - 1].log_softmax(-1) for own, row in pairs]
            scored = [s.gather(1, row[start:, None]) for s, row in zip(surprise, ids, strict=True)]
            losses = torch.stack([s.mean() if len(s) else s.sum() for s in scored])
            at_inputs = torch.autograd.grad(self.weight * losses.sum(), inputs)
        found = []
        for prompt, row, loss, grad, labels in zip(prompts, rows, losses.tolist(), at_inputs, surprise, strict=True):
            words = self.tokenizer.split_continuation(prompt)
            own = labels[: len(row)].detach() * (self.weight / max(1, len(labels)))
            at_tokens = grad[start : start + len(row)] + own @ self._label_directions
            pieces = split(at_tokens, [len(word.ids) for word in words])
            slots = tuple(slice(0, len(word.ids)) for word in words)
            found.append(TargetGradient(loss, tuple(words), tuple(pieces), 0, len(words), slots))
        return found

    @cached_property
    def _label_directions(self) -> Tensor:
        """``(E⁺)'``, shape = (vocabulary, d): from a gradient at coordinates ``x E⁺`` to one at ``x``. Made once."""
        table = self.model.embedding_table
        return table @ gram_pinv(table)
