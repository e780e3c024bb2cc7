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


@dataclass(frozen=True)
class LanguageLoss:
    """A loss of a language model on a prompt: fluency, or what the prompt makes the model say next.

    Attributes
    ----------
    name, label, help : str
    of_logits : callable
        (logits, row, reference) -> the loss of one row, a scalar, differentiable. ``logits``, shape = (tokens or more,
        vocabulary), are those at every place of ``row.ids``; padding after them is ignored. ``reference``,
        shape = (vocabulary,), are the log-probabilities of the next token after the text, under 'reference' alone.
    scores : 'prompt', 'text' or 'next'
        What is scored: the prompt with its suffix, the text that is to follow, or the next token's distribution.
    reads : 'target', 'reference' or None
        What the text of the settings is to it: what is to follow the prompt, or what is to be resembled.
    is_running_mean : bool
        Whether, without a suffix, a prompt's loss is the mean over its tokens, so that one appended costs nothing.
    order : int
        Place among the others.
    """

    name: str
    label: str
    help: str
    of_logits: Callable[[Tensor, Scored, Tensor | None], Tensor]
    scores: Literal["prompt", "text", "next"] = "prompt"
    reads: Literal["target", "reference"] | None = None
    is_running_mean: bool = False
    order: int = 100

    def row(self, context: list[int], prompt: list[int], suffix: list[int], target: list[int]) -> Scored:
        """The ids a model has to read, and what of them is scored."""
        whole = [*context, *prompt, *suffix]
        first = {"prompt": len(context), "text": len(whole), "next": len(whole) + len(target)}
        return Scored([*whole, *target], first[self.scores])


def negative_log_likelihood(logits: Tensor, row: Scored, reduction: Literal["mean", "sum"]) -> Tensor:
    """Of the scored ids of a row, in nats; 0 when there are none: an empty prompt."""
    end = len(row.ids)
    if row.first == end:
        return logits.sum() * 0.0
    wanted = logits.new_tensor(row.ids[row.first :]).long()
    return F.cross_entropy(logits[row.first - 1 : end - 1], wanted, reduction=reduction)


LOSSES: Registry[LanguageLoss] = Registry("fuse_core.objective.losses", "LOSS")
