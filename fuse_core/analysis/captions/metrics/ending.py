"""Whether a caption ends as a phrase can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.words.closed_class import ends_as_phrase


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """One for every caption that does, shape = (pictures, 1)."""
    return np.array([[float(ends_as_phrase(j.caption))] for j in judged])


METRIC = Metric(
    name="ends as a phrase",
    order=8,
    columns=("ends as a phrase",),
    help="Share of captions whose last word is whole, and no article, preposition, conjunction or form of "
    "'be'. Words that wordfreq does not list count as cut off.",
    measure=measure,
    digits=2,
)
