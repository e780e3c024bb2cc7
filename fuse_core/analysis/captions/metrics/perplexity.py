"""Perplexity of captions under a language model that did not write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.common.errors import UserError
from fuse_core.models.catalog import entry
from fuse_core.objective.language_term import LanguageTerm

KEY = "gemma3"
LONGEST = 256  # tokens that are read: each costs a row of a quarter of a million logits


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """Negative log-likelihood and tokens of every caption by itself, shape = (pictures, 2).

    Raises
    ------
    UserError
        When the model is not installed, or wrote the captions.
    """
    if judges.writer == KEY:
        raise UserError(f"{entry(KEY).title} wrote these captions, so it does not judge how fluent they are.")
    model = judges.library.causal(KEY)
    ids = [row[:LONGEST] for row in model.tokenizer.encode_batch([j.caption for j in judged])]
    found = np.zeros((len(judged), 2))  # a caption without tokens adds nothing
    rows = [k for k, row in enumerate(ids) if row]
    found[rows, 1] = [len(ids[k]) for k in rows]
    found[rows, 0] = found[rows, 1] * LanguageTerm(model).losses([ids[k] for k in rows]).cpu().numpy()
    return found


def perplexity(means: np.ndarray) -> np.ndarray:
    """From means of log-likelihoods and tokens, (..., 2) -> (..., 1); NaN without tokens."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(means[..., :1] / means[..., 1:])


METRIC = Metric(
    name="perplexity",
    order=7,
    columns=("perplexity",),
    help="Of the captions under Gemma 3 270M, a language model that did not write them.",
    measure=measure,
    combine=perplexity,
    better="lower",
    digits=0,
)
