"""``kl_prompt``: KL divergence of the prompt's own softmax over the vocabulary from the model's predictions, nats.

What the code released with FUSE (arXiv 2408.04816) calls its KL loss: an approximation of the prompt's fluency.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fuse_core.objective.losses.loss import LanguageLoss, Reading


def kl_prompt(reading: Reading) -> Tensor:
    """``1/n Σ_t KL(p_t ‖ q_t) = 1/n Σ_t Σ_v p_t(v) (log p_t(v) - log q_t(v))`` over the n tokens of prompt and suffix.

    ``p_t`` is the model's prediction of token t and ``q_t = softmax(x_t E⁺)`` the token's embedding ``x_t`` as a
    distribution over the vocabulary, ``E⁺`` the pseudoinverse of the table. The expectation is over the prediction.
    No logit of ``q_t`` is above 1 for a token of the table, so ``q_t`` is nearly uniform and the loss nearly
    ``log(vocabulary)`` minus the entropy of ``p_t`` (within 0.005 nats on three prompts under SmolLM2): it asks for
    contexts that leave much open more than for likely tokens, which is what ``nll`` asks for.
    """
    assert reading.coordinates is not None
    if not len(reading.coordinates):
        return reading.logits.sum() * 0.0
    predicted, own = reading.predictions.log_softmax(-1), reading.coordinates.log_softmax(-1)
    return F.kl_div(own, predicted, reduction="sum", log_target=True) / len(own)


LOSS = LanguageLoss(
    "kl_prompt", "kl_prompt", "the predictions, from the prompt's softmax", kl_prompt, reads="prompt", order=4
)
