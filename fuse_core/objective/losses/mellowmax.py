"""``mellowmax``: a soft maximum over the tokens of a target text that is to follow the prompt, nats."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading

OMEGA = 1.0  # as nanoGCG has it


def mellowmax(reading: Reading) -> Tensor:
    """``1/ω log(1/n Σ exp(-ω log p(token | prompt and before)))`` over the n tokens of the target text.

    The mellowmax of Asadi and Littman (2017, arXiv 1612.05628) in place of the mean: the least likely token counts
    most. nanoGCG takes it over logits; over log-probabilities as here, a token's loss is bounded below.
    """
    row = reading.row
    if row.first == len(row.ids):
        return reading.logits.sum() * 0.0
    log_probs = reading.predictions.log_softmax(-1)
    if reading.labels is None:
        wanted = reading.logits.new_tensor(row.ids[row.first :]).long()
        surprise = F.nll_loss(log_probs, wanted, reduction="none")
    else:
        surprise = -(reading.labels * log_probs).sum(-1)
    return (torch.logsumexp(OMEGA * surprise, 0) - math.log(len(surprise))) / OMEGA


LOSS = LanguageLoss(
    "mellowmax",
    "mellowmax",
    "of a text to follow, its least likely token first",
    mellowmax,
    scores="text",
    reads="target",
    order=5,
)
