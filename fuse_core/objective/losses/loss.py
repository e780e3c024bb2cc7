"""What a loss of a causal language model is, and the registry of those there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from fuse_core.common.registry import Registry


@dataclass(frozen=True)
class Scored:
    """A row of ids and the part of it that is scored.

    Attributes
    ----------
    ids : list of int
        What the model reads.
    first : int
        ``ids[first:]`` are scored: each by the logits one place before it. Equal to ``len(ids)`` where the loss is
        about the next token alone.
    """

    ids: list[int]
    first: int

    @property
    def places(self) -> range:
        """Where in the row logits are asked for: one before each scored id, or after the last id where none is."""
        end = len(self.ids)
        return range(self.first - 1, end - 1) if self.first < end else range(end - 1, end)

    @property
    def read_ids(self) -> list[int]:
        """What of the row a model has to read: no id after the last place, where nothing is asked."""
        return self.ids[: self.places.stop]

    def without(self, count: int) -> Scored:
        """The row without its first ids, none of which is scored."""
        return Scored(self.ids[count:], self.first - count)


@dataclass(frozen=True)
class Reading:
    """What a model said of a row, and what a loss may compare it with.

    Attributes
    ----------
    row : Scored
    logits : Tensor, shape = (places or more, vocabulary)
        At the row's ``places``; padding after them is ignored.
    labels : Tensor, shape = (scored tokens, vocabulary), or None
        Distributions to take for the scored ids, where a gradient with respect to them is wanted.
    reference : Tensor, shape = (vocabulary,), or None
        Log-probabilities of the next token after the text of the settings; under 'reference' alone.
    coordinates : Tensor, shape = (scored tokens, vocabulary), or None
        The scored ids' input embeddings as combinations of the table's rows, ``x E⁺``; under 'prompt' alone.
    """

    row: Scored
    logits: Tensor
    labels: Tensor | None = None
    reference: Tensor | None = None
    coordinates: Tensor | None = None

    @property
    def predictions(self) -> Tensor:
        """Logits for each scored id, shape = (scored tokens, vocabulary)."""
        return self.logits[: len(self.row.ids) - self.row.first]

    @property
    def after_row(self) -> Tensor:
        """Logits after the whole row, where no id is scored, shape = (vocabulary,)."""
        return self.logits[0]


@dataclass(frozen=True)
class LanguageLoss:
    """A loss of a language model on a prompt: fluency, or what the prompt makes the model say next.

    Attributes
    ----------
    name, label, help : str
    of_reading : callable
        Reading -> the loss of one row, a scalar, differentiable with respect to all that the reading holds.
    scores : 'prompt', 'text' or 'next'
        What is scored: the prompt with its suffix, the text that is to follow, or the next token's distribution.
    reads : 'target', 'reference', 'prompt' or None
        What it reads besides the row: a text that is to follow the prompt, one to be resembled, or the prompt's own
        embeddings.
    is_sum : bool
        Whether a prompt's loss is a sum over its tokens, by which only prompts of one length can be compared.
    is_running_mean : bool
        Whether, without a suffix, a prompt's loss is the mean over its tokens, so that one appended costs nothing.
    aliases : tuple of str
        Earlier names, still read from files and options.
    order : int
        Place among the others.
    """

    name: str
    label: str
    help: str
    of_reading: Callable[[Reading], Tensor]
    scores: Literal["prompt", "text", "next"] = "prompt"
    reads: Literal["target", "reference", "prompt"] | None = None
    is_running_mean: bool = False
    is_sum: bool = False
    aliases: tuple[str, ...] = ()
    order: int = 100

    @property
    def needs_text(self) -> bool:
        """Whether the settings have to give a text."""
        return self.reads in ("target", "reference")

    def row(self, context: list[int], prompt: list[int], suffix: list[int], target: list[int]) -> Scored:
        """The ids a model has to read, and what of them is scored."""
        whole = [*context, *prompt, *suffix]
        first = {"prompt": len(context), "text": len(whole), "next": len(whole) + len(target)}
        return Scored([*whole, *target], first[self.scores])


def negative_log_likelihood(reading: Reading, reduction: Literal["mean", "sum"]) -> Tensor:
    """Of the scored ids of a row, in nats; 0 when there are none: an empty prompt."""
    row, logits = reading.row, reading.logits
    if row.first == len(row.ids):
        return logits.sum() * 0.0
    wanted = logits.new_tensor(row.ids[row.first :]).long() if reading.labels is None else reading.labels
    return F.cross_entropy(reading.predictions, wanted, reduction=reduction)


LOSSES: Registry[LanguageLoss] = Registry("fuse_core.objective.losses", "LOSS")
