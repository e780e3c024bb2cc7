"""Perplexity of captions under a language model that did not write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.common.errors import UserError
from fuse_core.models.catalog import entry
from fuse_core.objective.language_term import LanguageTerm

KEY = "gemma3"


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
    ids = model.tokenizer.encode_batch([j.caption for j in judged])
    losses = LanguageTerm(model).losses(ids).cpu().numpy()
    lengths = np.array([len(row) for row in ids], dtype=float)
    return np.stack([losses * lengths, lengths], axis=1)


METRIC = Metric(
    name="perplexity",
    order=7,
    columns=("perplexity",),
    help="Of the captions under Gemma 3 270M, a language model that did not write them: lower is more fluent.",
    measure=measure,
    combine=lambda means: np.exp(means[..., :1] / means[..., 1:]),
    lower_is_better=True,
    digits=0,
)
