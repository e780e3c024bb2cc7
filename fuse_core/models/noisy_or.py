"""Sentiment of a text from that of its tokens: a noisy or (Pearl 1988, as in multiple-instance learning).

A text is positive where some token is and none is negative. Read so, a topic earns nothing: a mean over the text would
let many tokens that are a little positive each stand for one that says so.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LABELS = ("negative", "neutral", "positive")
LEAST = 1e-6  # the least probability, in logarithms of which gradients stay finite


def text_log_probs(logits: Tensor, inner: Tensor) -> Tensor:
    """Log-probabilities of the three labels of texts.

    With ``p+`` and ``p-`` of every token, ``A = sum log(1 - p+)`` and ``B = sum log(1 - p-)``: the text is positive
    with ``(1 - e^A) e^B``, negative with ``(1 - e^B) e^A``, and neutral, or mixed, with what is left.

    Parameters
    ----------
    logits : Tensor, shape = (texts, tokens, 3)
        Of negative, neutral and positive.
    inner : Tensor, shape = (texts, tokens)
        1 at the tokens that count, 0 at padding and special ones.

    Returns
    -------
    Tensor, shape = (texts, 3)
        Differentiable. A text without tokens is neutral.
    """
    log_probs = logits.log_softmax(-1)
    counted = inner.to(logits.dtype)
    no_positive = (torch.logsumexp(log_probs[..., :2], -1) * counted).sum(1).clamp(max=-LEAST)
    no_negative = (torch.logsumexp(log_probs[..., 1:], -1) * counted).sum(1).clamp(max=-LEAST)
    positive = _some(no_positive) + no_negative
    negative = _some(no_negative) + no_positive
    rest = (1.0 - positive.exp() - negative.exp()).clamp_min(LEAST).log()
    return torch.stack([negative, rest, positive], dim=-1)


def _some(log_none: Tensor) -> Tensor:
    """``log(1 - e^x)``."""
    return (-torch.expm1(log_none)).log()


def fit_logits(rows: Tensor, labels: Tensor, penalty: float, rounds: int = 60) -> tuple[Tensor, Tensor]:
    """Multinomial logistic regression by L-BFGS on standardised columns.

    Parameters
    ----------
    rows : Tensor, shape = (n, width)
    labels : Tensor of int, shape = (n,)
        0, 1 or 2.
    penalty : float
        Times the squared weights of standardised columns, beside the mean cross-entropy.

    Returns
    -------
    weight : Tensor, shape = (width, 3)
    bias : Tensor, shape = (3,)
        For the columns as they are.
    """
    centre, scale = rows.mean(0), rows.std(0).clamp_min(LEAST)
    x = ((rows - centre) / scale).T.contiguous().T  # stored by columns, for x^T g of every gradient
    weight = torch.zeros(x.shape[1], len(LABELS), dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(len(LABELS), dtype=x.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=rounds, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(x @ weight + bias, labels) + penalty * weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)  # type: ignore[arg-type]
    found = weight.detach() / scale.unsqueeze(1)
    return found, bias.detach() - centre @ found
