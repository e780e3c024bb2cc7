"""The gradient of a language model's loss with respect to the tokens of a prompt."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class LanguageGradient:
    """How a *weighted* loss changes with a prompt's tokens, each taken as a mixture of the vocabulary.

    A token is read by the model, and where the loss is the prompt's fluency it is also what the model is to predict:
    of ``-1/n Σ_t log p(x_t | x_<t)`` the first part changes with the embedding, the second with the label.

    Attributes
    ----------
    inputs : Tensor, shape = (tokens, d)
        With respect to the tokens' embeddings.
    labels : Tensor, shape = (tokens, vocabulary), or None
        With respect to the tokens as labels: ``-log p(v | x_<t) / n`` under ``nll``, ``-log p(v | x_<t)`` under
        ``log_prob``. None for a loss whose labels are not the prompt.
    """

    inputs: Tensor
    labels: Tensor | None
