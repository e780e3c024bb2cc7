"""``kl_reference``: KL divergence of the next token's distribution from the one after a reference text, nats."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading


def kl_reference(reading: Reading) -> Tensor:
    """``KL(q ‖ p) = Σ_v q(v) (log q(v) - log p(v))`` with p after the prompt and q after the reference text.

    The expectation is over q, so that whatever the reference makes likely has to be likely after the prompt, too.
    """
    assert reading.reference is not None
    after_prompt = reading.after_row.log_softmax(-1)
    return F.kl_div(after_prompt, reading.reference, reduction="sum", log_target=True)


LOSS = LanguageLoss(
    "kl_reference",
    "kl_reference",
    "what follows, from what follows another text",
    kl_reference,
    scores="next",
    reads="reference",
    aliases=("kl_div",),
    order=3,
)
