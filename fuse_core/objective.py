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
from fuse_core.words import Word, WordTokenizer

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
class TextGradient:
    """A target model's gradient on one text.

    Attributes
    ----------
    loss : float
        Unweighted loss of the text.
    words : tuple of Word
        The text's words under the target tokenizer, prefix and suffix included.
    grads : tuple of Tensor, each of shape (d_tgt, j)
        Gradient of the *weighted* loss at each word's tokens.
    first, last : int
        ``words[first:last]`` are the prompt's.
    """

    loss: float
    words: tuple[Word, ...]
    grads: tuple[Tensor, ...]
    first: int
    last: int


@dataclass(frozen=True)
class ImageTerm:
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

    @property
    def name(self) -> str:
        return self.model.key

    @property
    def tokenizer(self) -> WordTokenizer:
        return self.model.tokenizer

    def text(self, prompt: str) -> str:
        """The whole text the model reads."""
        return self.prefix + prompt + self.suffix

    def check_length(self, prompt: str) -> None:
        """Raise ``UserError`` when the text is longer than the model's context."""
        check_length(self.model, len(self.tokenizer.encode(self.text(prompt))) + 2, self.name)

    def fits(self, prompts: Sequence[str]) -> list[bool]:
        """Whether each prompt's text, the two special tokens included, fits the model's context."""
        ids = self.tokenizer.encode_batch([self.text(p) for p in prompts])
        return [len(row) + 2 <= self.model.max_length for row in ids]

    def losses(self, prompts: Sequence[str]) -> Tensor:
        """Loss of each prompt text, shape = (prompts,): tokenised at once, encoded in batches sorted by length."""
        ids = self.tokenizer.encode_batch([self.text(p) for p in prompts])
        return 1.0 - self.model.encode_ids(ids) @ self.image

    def gradients(self, prompts: Sequence[str]) -> list[TextGradient]:
        """Gradients at the target's own input embeddings. One forward and backward pass for the whole batch."""
        splits = self.tokenizer.split_batch([self.text(p) for p in prompts])
        table = self.model.embedding_table
        inputs = []
        for words in splits:
            ids = torch.tensor([i for w in words for i in w.ids], dtype=torch.long, device=table.device)
            inputs.append(table[ids].detach().requires_grad_(True))
        with torch.enable_grad():
            losses = 1.0 - self.model.encode_embeddings(inputs) @ self.image
            grads = torch.autograd.grad(self.weight * losses.sum(), inputs)
        results = []
        for prompt, words, loss, grad in zip(prompts, splits, losses, grads, strict=True):
            begin = len(self.prefix)
            end = begin + len(prompt)
            inside = [k for k, w in enumerate(words) if w.span[1] > begin and w.span[0] < end]
            pieces = grad.T.split([len(w.ids) for w in words], dim=1)
            first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
            results.append(TextGradient(float(loss.detach()), tuple(words), tuple(pieces), first, last))
        return results


@dataclass(frozen=True)
class Objective:
    """A source language model and any number of target models.

    Attributes
    ----------
    language : LanguageTerm
    targets : tuple of ImageTerm
    """

    language: LanguageTerm
    targets: tuple[ImageTerm, ...]

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


def check_length(model, tokens: int, name: str) -> None:
    """Raise ``UserError`` when a text of that many tokens does not fit a model's context."""
    if tokens > model.max_length:
        raise UserError(
            f"Prefix, prompt and suffix make {tokens} tokens, more than the {model.max_length} that {name} reads.",
            "Shorten the prefix or the suffix, or take fewer steps.",
        )
