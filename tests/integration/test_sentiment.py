"""Sentiment as a third model, with the real offline models."""

from __future__ import annotations

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from fuse_core.models.sentiment import LexiconSentiment
from fuse_core.models.sentiment_head import lexicon_file, read_lexicon
from fuse_core.search.presets import load_preset
from fuse_core.search.sentiment import with_sentiment
from fuse_core.search.session import Session

pytestmark = pytest.mark.models


def test_the_reading_of_words_tells_the_sign_of_95_percent_whose_stem_it_has_not_seen(library):
    head = library.classifier("minilm-word-sentiment").head
    assert head.heldout_words > 350
    assert head.accuracy >= 0.95


@pytest.fixture(scope="module")
def sentiment(library) -> LexiconSentiment:
    return library.classifier("minilm-sentiment")


def test_the_lexicon_has_the_words_it_is_known_for():
    words = read_lexicon(lexicon_file())
    assert len(words) > 7000
    assert words["good"] > 1.5
    assert words["horrible"] < -2


def test_the_head_tells_the_sign_of_85_percent_of_words_it_has_not_seen(sentiment):
    assert sentiment.head.heldout_words > 700
    assert sentiment.head.words + sentiment.head.heldout_words == len(read_lexicon(lexicon_file()))
    assert sentiment.head.accuracy >= 0.85


def test_phrases_are_read_as_people_read_them(sentiment):
    fine, bad = ["a happy officer smiling", "a beautiful garden"], ["a nuclear explosion", "a sad, lonely man"]
    assert (sentiment.valences(fine) > 1).all()
    assert (sentiment.valences(bad) < -1).all()
    assert abs(float(sentiment.valences(["a cat"])[0])) < 0.5


def test_it_shares_the_image_text_models_network_and_adapter(library, sentiment):
    assert sentiment.encoder is library.text_encoder("minilm")
    assert library.tokenizer("minilm-sentiment") is library.tokenizer("minilm")


SMALL = {"steps": 4, "beams": 2, "candidates": 32}


@pytest.mark.parametrize(
    ("name", "budget"),
    [("coffee", SMALL), pytest.param("officer", {}, marks=pytest.mark.full)],
    ids=["coffee-small", "officer-preset"],
)
def test_captions_go_where_they_are_drawn_and_still_fit_the_picture(library, pictures, name, budget):
    found = {}
    for sentiment in ("negative", "none", "positive"):
        config = with_sentiment(load_preset("offline-positive").changed(**budget), sentiment)
        session = Session.start(library, config, pictures[name])
        list(session.run())
        found[sentiment] = session.best
    judge = SentimentIntensityAnalyzer()
    negative, _, positive = (judge.polarity_scores(beam.text)["compound"] for beam in found.values())
    assert negative < 0 < positive
    lost = {sentiment: beam.losses["minilm-centred"] for sentiment, beam in found.items()}
    assert max(lost.values()) <= lost["none"] + 0.15  # 1 - cosine
