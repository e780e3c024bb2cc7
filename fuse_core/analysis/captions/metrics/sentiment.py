"""Sentiment of captions by VADER's own rules and lexicon (Hutto and Gilbert, ICWSM 2014).

The classifiers of a search learnt from most of the same lexicon, but they are not asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.models.sentiment_head import lexicon_file


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """VADER's compound of every caption, from -1 to 1, shape = (pictures, 1).

    Raises
    ------
    UserError
        When VADER's wheel is missing.
    """
    lexicon_file()  # says what to install
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([[analyzer.polarity_scores(j.caption)["compound"]] for j in judged])


METRIC = Metric(
    name="VADER",
    order=9,
    columns=("VADER",),
    help="Sentiment of the captions by VADER's rules, from -1 to 1, for runs with a sentiment.",
    measure=measure,
    better="neither",
    digits=2,
)
