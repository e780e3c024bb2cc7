"""``kl_div``: KL divergence of the next-token distribution from the one after a reference text, nats."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Scored


def kl_div(logits: Tensor, row: Scored, reference: Tensor | None = None) -> Tensor:
    """``Σ p_ref (log p_ref - log p)`` over the vocabulary, p after the prompt and p_ref after the reference text."""
    assert reference is not None
    return F.kl_div(logits[len(row.ids) - 1].log_softmax(-1), reference, reduction="sum", log_target=True)


LOSS = LanguageLoss(
    "kl_div", "kl_div", "from what follows another text", kl_div, scores="next", reads="reference", order=3
)
