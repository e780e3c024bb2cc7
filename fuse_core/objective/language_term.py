"""The language model's term of the objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.common.progress import checkpoint, tell_scored
from fuse_core.models.batching import in_batches
from fuse_core.models.prompt_cache import PromptCache
from fuse_core.models.protocols import CausalModel
from fuse_core.models.row_cache import RowCache
from fuse_core.objective.language_gradient import LanguageGradient
from fuse_core.objective.losses.loss import LOSSES, LanguageLoss, Reading, Scored
from fuse_core.objective.shared_rows import read_shared, sharing
from fuse_core.objective.target_term import check_length
from fuse_core.tensor.gram import gram_pinv

LOGITS_PER_BATCH = 1 << 27  # numbers, 512 MiB in float32: 1,024 candidates at once would need many GiB
LONG = 16  # tokens before the prompt from which to read them by themselves saves more than a forward pass costs


@dataclass
class LanguageTerm:
    """What a language model says of a prompt between prefix and suffix; by default its fluency.

    Attributes
    ----------
    model : CausalModel
        The source model; its ids are the prompt.
    weight : float
    prefix, suffix : str
    kind : str
        Name of a ``LanguageLoss``. ``nll`` is the mean negative log-likelihood of the prompt's tokens (and the
        suffix's) after the prefix, in nats.
    text : str
        Target text of ``cross_entropy`` and ``mellowmax``, reference text of ``kl_reference``.
    n_forward_passes : int
        Forward passes asked for through this term so far; the model may serve other runs besides.
    """

    model: CausalModel
    weight: float = 1.0
    prefix: str = ""
    suffix: str = ""
    kind: str = "nll"
    text: str = ""
    n_forward_passes: int = field(default=0, init=False, compare=False)

    @property
    def name(self) -> str:
        return self.model.key

    @property
    def is_running_sum(self) -> bool:
        """Whether a prompt's loss is read off the log-probabilities of its tokens, so that appending costs nothing."""
        return self.loss.is_running_mean and not self.suffix

    @property
    def loss(self) -> LanguageLoss:
        return LOSSES[self.kind]

    def context(self) -> list[int]:
        """Ids before the prompt; at least one, so that the prompt's first token has a probability."""
        start = getattr(self.model, "start_id", None)
        ids = ([] if start is None else [start]) + self.model.tokenizer.encode(self.prefix)
        if not ids:
            raise UserError("The language model needs a prefix.", "Type one, for instance 'An image of'.")
        return ids

    def check_length(self, prompt_tokens: int) -> None:
        """Raise ``UserError`` when a row that the loss has to read is longer than the model's context."""
        parts = ("prefix", "prompt", "suffix", *(["target text"] if self.loss.reads == "target" else []))
        check_length(self.model, self.around + prompt_tokens, self.name, parts)
        if self.loss.reads == "reference":
            tokens = len(self.context()) + len(self.model.tokenizer.encode_continuation(self.text))
            check_length(self.model, tokens, self.name, ("prefix", "reference text"))

    @property
    def around(self) -> int:
        """Tokens that are read with a prompt: the prefix, the suffix, and the text that is to follow."""
        return len(self.context()) + len(self.model.tokenizer.encode_continuation(self.suffix)) + len(self._target())

    def next_log_probs(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of every next token, shape = (prompts, vocabulary). One batched forward pass."""
        context = self.context()
        self._count()
        return self.model.next_logits([[*context, *ids] for ids in prompts]).log_softmax(-1)

    def read(self, prompts: Sequence[Sequence[int]]) -> PromptCache:
        """Prompts after the prefix, kept for continuations of several tokens. One batched forward pass.

        A long prefix is read once for all calls.
        """
        context = self.context()
        if len(context) < LONG:
            return self.model.read([[*context, *ids] for ids in prompts], self._count)
        return self.model.read([[context[-1], *ids] for ids in prompts], self._count, self._prefix_read)

    @cached_property
    def _prefix_read(self) -> PromptCache:
        """All but the last token before the prompt."""
        return self.model.read([self.context()[:-1]], self._count)

    def fits(self, prompts: Sequence[Sequence[int]]) -> list[bool]:
        """Whether each prompt, with all that stands around it, fits the model's context."""
        around = self.around
        return [around + len(ids) <= self.model.max_length for ids in prompts]

    def losses(self, prompts: Sequence[Sequence[int]], parents: Sequence[Sequence[int]] | None = None) -> Tensor:
        """Loss of each prompt, shape = (prompts,). Forward passes in large batches; ``kl_reference`` takes one more.

        A long prefix is read once for all calls.

        Parameters
        ----------
        parents : sequence, optional
            The prompt that each was changed from, of as many tokens: on a processor it is read once, and of the others
            only what follows the first change, where that pays.
        """
        context = len(self.context())
        kept = context - 1 if context >= LONG else 0
        read = self._prefix_read.after_each if kept else self._forward
        rows = [row.without(kept) for row in self._rows(prompts)]
        table = self.model.embedding_table
        result = table.new_zeros(len(rows))
        reference, done = self._reference(), 0
        if parents is not None and table.device.type == "cpu":
            whole, before = self._rows(prompts), self._rows(parents)
            if shared := sharing(whole, before):
                for k, logits in read_shared(self._read_row, whole, before, shared, self._limit):
                    inputs = table[torch.tensor(whole[k].ids, device=table.device)]
                    result[k] = self.loss.of_reading(self._reading(whole[k], logits, inputs, reference))
                    done += 1
                    tell_scored(done, len(rows))
                return result

        def work(batch: list[int]) -> None:
            nonlocal done
            asked = [rows[k].places for k in batch]
            places = range(min(at.start for at in asked), max(at.stop for at in asked))
            for k, at, found in zip(batch, asked, read([rows[k].read_ids for k in batch], places), strict=True):
                inputs = table[torch.tensor(rows[k].ids, device=table.device)]
                logits = found[at.start - places.start :]
                result[k] = self.loss.of_reading(self._reading(rows[k], logits, inputs, reference))
            done += len(batch)
            tell_scored(done, len(rows))

        # Keys and values of what was read before take memory as if it were read again.
        in_batches([len(row.read_ids) + kept for row in rows], self._limit, table.device, work)
        return result

    def predicts(self, prompt: Sequence[int]) -> bool:
        """Whether every scored token of a prompt's row is the model's likeliest one there. One forward pass."""
        (row,) = self._rows([prompt])
        predictions = Reading(row, self._forward([row.read_ids], row.places)[0]).predictions
        return predictions.argmax(-1).tolist() == row.ids[row.first :]

    @cached_property
    def _limit(self) -> BatchLimit:
        """Padded tokens that are read at once: each has as many logits as there are tokens."""
        size = len(self.model.embedding_table)
        return BatchLimit(LOGITS_PER_BATCH // size, 4 * size)

    def gradient(self, prompt: Sequence[int]) -> LanguageGradient:
        """Gradient of the *weighted* loss with respect to a prompt's tokens, as inputs and as labels.

        One forward and backward pass; ``kl_reference`` takes a forward pass more.
        """
        checkpoint()
        (row,) = self._rows([prompt])
        table = self.model.embedding_table
        inputs = table[torch.tensor(row.ids, device=table.device)].detach().requires_grad_(True)
        scored = torch.tensor(row.ids[row.first :], dtype=torch.long, device=table.device)
        labels = F.one_hot(scored, len(table)).to(table.dtype).requires_grad_(True)
        reference = self._reference()
        with torch.enable_grad():
            self.n_forward_passes += 1
            logits = self.model.logits_from_embeddings(inputs[: row.places.stop].unsqueeze(0), row.places)[0]
            reading = replace(self._reading(row, logits, inputs, reference), labels=labels)
            loss = self.weight * self.loss.of_reading(reading)
            at_inputs, at_labels = torch.autograd.grad(loss, (inputs, labels), allow_unused=True)
        first, count = len(self.context()), len(prompt)
        is_label = at_labels is not None and row.first == first
        return LanguageGradient(at_inputs[first : first + count], at_labels[:count] if is_label else None)

    def _reading(self, row: Scored, logits: Tensor, inputs: Tensor, reference: Tensor | None) -> Reading:
        coordinates = None
        if self.loss.reads == "prompt":
            coordinates = inputs[row.first :] @ self._gram_pinv @ self.model.embedding_table.T  # x (E'E)⁺ E' = x E⁺
        return Reading(row, logits, reference=reference, coordinates=coordinates)

    @cached_property
    def _gram_pinv(self) -> Tensor:
        """Of the embedding table, shape = (d, d). Computed once."""
        return gram_pinv(self.model.embedding_table)

    def _rows(self, prompts: Sequence[Sequence[int]]) -> list[Scored]:
        context, suffix, target = self.context(), self.model.tokenizer.encode_continuation(self.suffix), self._target()
        return [self.loss.row(context, list(ids), suffix, target) for ids in prompts]

    def _target(self) -> list[int]:
        return self.model.tokenizer.encode_continuation(self.text) if self.loss.reads == "target" else []

    def _reference(self) -> Tensor | None:
        if self.loss.reads != "reference":
            return None
        return self.next_log_probs([self.model.tokenizer.encode_continuation(self.text)])[0]

    def _read_row(self, ids: Sequence[int], places: range) -> RowCache:
        return self.model.read_row(ids, places, self._count)

    def _count(self) -> None:
        self.n_forward_passes += 1

    def _forward(self, rows: Sequence[Sequence[int]], places: range) -> Tensor:
        self._count()
        return self.model.logits(rows, places)
