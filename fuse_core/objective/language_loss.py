"""Losses of a causal language model on a prompt: fluency, or what the prompt makes the model say next.

``nll``            mean negative log-likelihood of the prompt's tokens, nats a token
``log_prob``       the same summed: minus the log-probability of the whole prompt, nats
``cross_entropy``  mean negative log-likelihood of a target text that is to follow the prompt, nats a token
``kl_div``         KL divergence of the next-token distribution from the one after a reference text, nats
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

LanguageLoss = Literal["nll", "log_prob", "cross_entropy", "kl_div"]
LANGUAGE_LOSSES: tuple[LanguageLoss, ...] = ("nll", "log_prob", "cross_entropy", "kl_div")
NEEDS_TEXT = ("cross_entropy", "kl_div")


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


def scored_row(
    kind: LanguageLoss, context: list[int], prompt: list[int], suffix: list[int], target: list[int]
) -> Scored:
    """The ids a model has to read for a loss, and what of them is scored."""
    whole = [*context, *prompt, *suffix]
    if kind == "cross_entropy":
        return Scored([*whole, *target], len(whole))
    if kind == "kl_div":
        return Scored(whole, len(whole))
    return Scored(whole, len(context))


def loss_of_logits(kind: LanguageLoss, logits: Tensor, row: Scored, reference: Tensor | None = None) -> Tensor:
    """The loss of one row, a scalar; differentiable.

    Parameters
    ----------
    logits : Tensor, shape = (tokens or more, vocabulary)
        Logits at every place of ``row.ids``; padding after them is ignored.
    reference : Tensor, shape = (vocabulary,), optional
        Log-probabilities of the next token after the reference text; needed by ``kl_div`` alone.
    """
    end = len(row.ids)
    if kind == "kl_div":
        assert reference is not None
        return F.kl_div(logits[end - 1].log_softmax(-1), reference, reduction="sum", log_target=True)
    if row.first == end:
        return logits.sum() * 0.0  # nothing to score: an empty prompt
    wanted = logits.new_tensor(row.ids[row.first :]).long()
    how = "sum" if kind == "log_prob" else "mean"
    return F.cross_entropy(logits[row.first - 1 : end - 1], wanted, reduction=how)
