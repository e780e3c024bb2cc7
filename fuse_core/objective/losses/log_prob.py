"""``log_prob``: minus the log-probability of the whole prompt, nats."""

from __future__ import annotations

from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading, negative_log_likelihood


def log_prob(reading: Reading) -> Tensor:
    """``-Σ log p(token | before)`` over the tokens of prompt and suffix."""
    return negative_log_likelihood(reading, "sum")


LOSS = LanguageLoss(
    "log_prob",
    "log_prob",
    "the surprise summed, which rewards the shortest prompt: the best is chosen among the longest",
    log_prob,
    order=1,
    is_sum=True,
)
