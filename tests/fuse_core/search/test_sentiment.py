from __future__ import annotations

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig
from fuse_core.search.sentiment import sentiment_of, with_sentiment

PLAIN = CaptionConfig()
OTHER = ClassifierConfig(label="joy", model="moods")
ROBERTA = ClassifierConfig(label="positive", model="roberta-sentiment", weight=5.0, prefix="They say")
BOTH = CaptionConfig(classifiers=(OTHER, ROBERTA))


def test_a_sentiment_adds_the_default_classifier():
    own = ClassifierConfig(label="negative", model="minilm-word-sentiment", weight=1.0)
    assert with_sentiment(PLAIN, "negative").classifiers == (own,)
    assert with_sentiment(PLAIN, "negative", weight=1.5).classifiers == (own.model_copy(update={"weight": 1.5}),)


def test_a_file_that_names_no_classifier_means_the_one_of_earlier_versions():
    (read,) = CaptionConfig.from_dict({"classifiers": [{"label": "negative"}]}).classifiers
    assert (read.model, read.weight) == ("minilm-sentiment", 2.0)


def test_a_configurations_own_classifier_is_turned_and_keeps_the_rest():
    turned = ROBERTA.model_copy(update={"label": "negative"})
    assert with_sentiment(BOTH, "negative").classifiers == (OTHER, turned)
    assert with_sentiment(BOTH, weight=0.5).classifiers == (OTHER, ROBERTA.model_copy(update={"weight": 0.5}))


def test_none_takes_it_away_and_leaves_other_classifiers():
    assert with_sentiment(BOTH, "none").classifiers == (OTHER,)
    assert with_sentiment(PLAIN, "none") == PLAIN


def test_nothing_asked_for_changes_nothing():
    assert with_sentiment(PLAIN) == PLAIN
    assert with_sentiment(BOTH) == BOTH


def test_it_is_found_by_its_label():
    assert sentiment_of(BOTH) is ROBERTA
    assert sentiment_of(PLAIN) is None


@pytest.mark.parametrize(
    ("sentiment", "fields", "message"),
    [
        ("angry", {}, "'sentiment' must be one of none, positive, negative, got 'angry'"),
        (None, {"weight": 2.0}, "'sentiment_weight' is given, but no sentiment"),
        ("positive", {"weight": -2.0}, r"'classifiers\[0\]\.weight' must be a number from 0 to 1,000,000"),
    ],
)
def test_what_makes_no_sense_is_refused(sentiment, fields, message):
    with pytest.raises(UserError, match=message):
        with_sentiment(PLAIN, sentiment, **fields)
