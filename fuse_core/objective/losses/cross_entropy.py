"""``cross_entropy``: mean negative log-likelihood of a target text that is to follow the prompt, nats a token."""

from __future__ import annotations

from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading, negative_log_likelihood


def cross_entropy(reading: Reading) -> Tensor:
    """``-1/n Σ log p(token | prompt and before)`` over the n tokens of the target text."""
    return negative_log_likelihood(reading, "mean")


LOSS = LanguageLoss(
    "cross_entropy", "cross_entropy", "of a text to follow", cross_entropy, scores="text", reads="target", order=2
)
