"""``nll``: mean negative log-likelihood of the prompt's tokens, nats a token."""

from __future__ import annotations

from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading, negative_log_likelihood


def nll(reading: Reading) -> Tensor:
    """``-1/n Σ log p(token | before)`` over the n tokens of prompt and suffix."""
    return negative_log_likelihood(reading, "mean")


LOSS = LanguageLoss("nll", "nll", "a token's mean surprise", nll, is_running_mean=True, order=0)
