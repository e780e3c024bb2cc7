"""Where a run's settings come from on the command line: preset, then file, then options."""

from __future__ import annotations

import json

import pytest

from fuse_core.cli.caption_command import caption_config
from fuse_core.cli.parser import parse
from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"beams": 7, "steps": 5, "classifiers": [{"label": "negative", "weight": 2.5}]}))
    return str(path)


def settings(*arguments: str) -> CaptionConfig:
    return caption_config(parse(["caption", "cat.jpg", *arguments]))


def test_without_options_they_are_the_presets():
    assert settings() == load_preset("offline-caption")
    assert settings("--preset", "paper-sentiment") == load_preset("paper-sentiment")


def test_a_file_overrides_the_preset_and_options_override_the_file(file):
    found = settings("--preset", "paper-caption", "--config", file, "--beams", "2", "--image-prefix", "A photo of")
    assert (found.source, found.steps, found.beams, found.image_prefix) == ("gpt2-medium", 5, 2, "A photo of")
    assert found.classifiers == (ClassifierConfig(label="negative", weight=2.5),)


def test_sentiment_turns_the_classifier_there_is_or_adds_one(file):
    turned = ClassifierConfig(label="positive", weight=2.5)
    assert settings("--config", file, "--sentiment", "positive").classifiers == (turned,)
    assert settings("--config", file, "--sentiment", "none").classifiers == ()
    by_preset, by_option = (("--preset", "offline-negative"), ("--sentiment", "negative"))
    assert settings(*by_preset) == settings(*by_option)
    assert settings("--preset", "offline-caption", *by_option).lm_weight == load_preset("offline-caption").lm_weight
    found = settings(*by_option, "--sentiment-model", "roberta-sentiment", "--sentiment-prefix", "I feel")
    assert found.classifiers == (
        ClassifierConfig(label="negative", model="roberta-sentiment", weight=1.0, prefix="I feel"),
    )


def test_a_wrong_field_is_named_with_its_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"candidates": "many"}')
    with pytest.raises(UserError, match=r"The settings of '.*mine\.json' are wrong: 'candidates' must be a whole"):
        settings("--config", str(path))
