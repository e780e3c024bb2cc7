"""Sentiment as a third model, with the real offline models."""

from __future__ import annotations

import pytest

from fuse_core.models.sentiment import LexiconSentiment
from fuse_core.models.sentiment_head import lexicon_file, read_lexicon
from fuse_core.search.presets import load_preset
from fuse_core.search.session import Session

pytestmark = pytest.mark.models


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
    ("name", "budget", "most"),
    [("coffee", SMALL, 0.1), pytest.param("officer", {}, 0.2, marks=pytest.mark.full)],
    ids=["coffee-small", "officer-preset"],
)
def test_captions_go_where_they_are_drawn_and_still_fit_the_picture(library, pictures, sentiment, name, budget, most):
    found = {}
    for preset in ("offline-negative", "offline-caption", "offline-positive"):
        session = Session.start(library, load_preset(preset).changed(**budget), pictures[name])
        list(session.run())
        found[preset] = session.best
    negative, plain, positive = (float(v) for v in sentiment.valences([beam.text for beam in found.values()]))
    assert negative < plain < positive
    assert max(beam.losses["minilm"] for beam in found.values()) <= most  # 1 - cosine; 0.7 for "a dog" and the coffee
