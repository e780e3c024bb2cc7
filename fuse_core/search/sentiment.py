"""Sentiment as a shorthand: one word that adds, turns or removes the sentiment classifier of a configuration."""

from __future__ import annotations

from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig

NONE = "none"
LABELS = ("positive", "negative")
SENTIMENTS = (NONE, *LABELS)


def sentiment_of(config: CaptionConfig) -> ClassifierConfig | None:
    """The classifier that draws captions to a sentiment: the first one with such a label."""
    return next((c for c in config.classifiers if c.label in LABELS), None)


def fresh(label: str) -> ClassifierConfig:
    """The classifier that settings get that have no sentiment yet; a file that names no model means the earlier one."""
    return ClassifierConfig(label=label, model="minilm-word-sentiment", weight=1.0)


def with_sentiment(config: CaptionConfig, sentiment: str | None = None, **fields) -> CaptionConfig:
    """The same settings with another sentiment.

    Parameters
    ----------
    sentiment : 'none', 'positive', 'negative' or None
        None keeps the one there is.
    **fields
        Of ``ClassifierConfig``: weight, model, prefix, suffix.

    Raises
    ------
    UserError
        For another sentiment, or fields without a sentiment to apply them to.
    """
    found = sentiment_of(config)
    if sentiment is None:
        sentiment = found.label if found else NONE
    checks.choice("sentiment", sentiment, SENTIMENTS)
    others = [c.model_dump() for c in config.classifiers if c is not found]
    if sentiment == NONE:
        if fields:
            name = f"sentiment_{next(iter(fields))}"
            raise UserError(f"'{name}' is given, but no sentiment.", "Choose one.", (name,))
        return config.changed(classifiers=others)
    place = config.classifiers.index(found) if found else len(others)
    others.insert(place, {**(found or fresh(sentiment)).model_dump(), "label": sentiment, **fields})
    return config.changed(classifiers=others)
