"""The objective of a prompt: a weighted sum of losses over models, each with its own prefix and suffix.

``objective(prompt) = sum_m weight_m * loss_m(prefix_m + prompt + suffix_m)``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.errors import UserError
from fuse_core.models.batching import length_batches
from fuse_core.models.protocols import CausalModel, TextEncoder
from fuse_core.text_term import TextTerm, check_length

LOGITS_PER_BATCH = 1 << 27  # numbers, 512 MiB in float32: 1,024 candidates at once would need many GiB


@dataclass
class LanguageTerm:
    """Fluency: the mean negative log-likelihood of a prompt's tokens (and the suffix's) after the prefix, in nats.

    Attributes
    ----------
    model : CausalModel
        The source model; its ids are the prompt.
    weight : float
    prefix, suffix : str
    forwards : int
        Forward passes asked for through this term so far; the model may serve other runs besides.
    """

    model: CausalModel
    weight: float = 1.0
    prefix: str = ""
    suffix: str = ""
    forwards: int = field(default=0, init=False, compare=False)

    @property
    def name(self) -> str:
        return self.model.key

    def context(self) -> list[int]:
        """Ids before the prompt; at least one, so that the prompt's first token has a probability."""
        start = getattr(self.model, "start_id", None)
        ids = ([] if start is None else [start]) + self.model.tokenizer.encode(self.prefix)
        if not ids:
            raise UserError("The language model needs a prefix.", "Type one, for instance 'An image of'.")
        return ids

    def check_length(self, prompt_tokens: int) -> None:
        """Raise ``UserError`` when prefix, prompt and suffix together are longer than the model's context."""
        suffix = len(self.model.tokenizer.encode(self.suffix))
        check_length(self.model, len(self.context()) + prompt_tokens + suffix, self.name)

    def next_log_probs(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of every next token, shape = (prompts, vocabulary). One batched forward pass."""
        context = self.context()
        rows = [[*context, *ids] for ids in prompts]
        logits = self._forward(rows)
        last = torch.tensor([len(row) - 1 for row in rows], device=logits.device)
        return logits[torch.arange(len(rows), device=logits.device), last].log_softmax(-1)

    def losses(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Mean negative log-likelihood of each prompt, shape = (prompts,). Forward passes in large batches."""
        context = self.context()
        suffix = self.model.tokenizer.encode(self.suffix)
        rows = [[*context, *ids, *suffix] for ids in prompts]
        table = self.model.embedding_table
        result = torch.zeros(len(rows), device=table.device)
        for batch in length_batches([len(row) for row in rows], LOGITS_PER_BATCH // table.shape[0]):
            for k, logits in zip(batch, self._forward([rows[k] for k in batch]), strict=True):
                scored = torch.tensor(rows[k][len(context) :], dtype=torch.long, device=table.device)
                if len(scored):
                    result[k] = F.cross_entropy(logits[len(context) - 1 : len(rows[k]) - 1], scored)
        return result

    def _forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        self.forwards += 1
        return self.model.logits(rows)


@dataclass(frozen=True)
class ImageTerm(TextTerm[TextEncoder]):
    """Fit to a picture: ``1 - cos(text, image)`` under an image-text model.

    Attributes
    ----------
    model : TextEncoder
    image : Tensor, shape = (width,)
        The picture's unit vector, computed once.
    weight : float
    prefix, suffix : str
    """

    model: TextEncoder
    image: Tensor = field(repr=False)
    weight: float = 22.0
    prefix: str = ""
    suffix: str = ""

    def loss_of(self, outputs: Tensor) -> Tensor:
        """Unit vectors (texts, width) -> (texts,)."""
        return 1.0 - outputs @ self.image


@dataclass(frozen=True)
class Objective:
    """A source language model and any number of target models.

    Attributes
    ----------
    language : LanguageTerm
    targets : tuple of TextTerm
        The fit to the picture first, then the others.
    """

    language: LanguageTerm
    targets: tuple[ImageTerm, *tuple[TextTerm, ...]]

    def __post_init__(self) -> None:
        names = set()
        for term in (self.language, *self.targets):
            if term.name in names:
                raise UserError(f"The objective has two terms named {term.name}.", "Use another model for one of them.")
            names.add(term.name)
            if not (term.weight >= 0 and term.weight < float("inf")):
                raise UserError(f"The weight of {term.name} must be 0 or more, got {term.weight}.")

    def combine(self, losses: dict[str, Tensor]) -> Tensor:
        """The weighted sum of the terms' losses."""
        terms = (self.language, *self.targets)
        return torch.stack([term.weight * losses[term.name].double() for term in terms]).sum(0)

    def evaluate(self, prompts: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
        """Objective and every model's loss for prompt texts, from scratch: (prompts,) and {name: (prompts,)}."""
        losses = {self.language.name: self.language.losses(self.language.model.tokenizer.encode_batch(prompts))}
        losses |= {term.name: term.losses(prompts) for term in self.targets}
        return self.combine(losses), losses
