"""The presets that ship with the project, and settings from a file."""

from __future__ import annotations

import json

import pytest

from fuse_core.common.errors import UserError
from fuse_core.models import catalog
from fuse_core.models.entry import CAUSAL, CLASSIFIER, IMAGE_TEXT
from fuse_core.search import presets
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_config, load_preset, preset_names

SIX = [
    "offline-caption",
    "offline-negative",
    "offline-plain",
    "offline-positive",
    "paper-caption",
    "paper-sentiment",
]


def test_there_are_six():
    assert preset_names() == SIX


@pytest.mark.parametrize("name", SIX)
def test_each_is_made_of_models_of_the_catalog_and_says_all_of_its_weights(name):
    config = load_preset(name)
    assert config.source in catalog.keys(CAUSAL)
    assert config.target in catalog.keys(IMAGE_TEXT)
    for classifier in config.classifiers:
        assert classifier.model in catalog.keys(CLASSIFIER)
    written = json.loads((presets.PRESETS / f"{name}.json").read_text("utf-8"))
    assert {"lm_weight", "image_weight", "prefix", "steps", "beams", "candidates"} <= written.keys()
    assert all({"model", "label", "weight"} <= c.keys() for c in written.get("classifiers", []))


@pytest.mark.parametrize("name", SIX)
def test_offline_presets_need_no_hub_and_the_papers_do(name):
    config = load_preset(name)
    models = [catalog.entry(key) for key in (config.source, config.target, *(c.model for c in config.classifiers))]
    assert all(bool(model.packages) == name.startswith("offline") for model in models)
    assert all(model.present for model in models) or not name.startswith("offline")


@pytest.mark.parametrize("name", ["paper-caption", "paper-sentiment"])
def test_the_papers_settings(name):
    config = load_preset(name)
    assert (config.source, config.target) == ("gpt2-medium", "clip-vit-base-patch32")
    assert (config.lm_weight, config.image_weight, config.prefix) == (1.0, 22.0, "An image of")
    assert (config.steps, config.beams, config.method_settings.candidates) == (16, 4, 256)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("offline-caption", []),
        ("offline-plain", []),
        ("offline-positive", ["positive"]),
        ("offline-negative", ["negative"]),
        ("paper-caption", []),
        ("paper-sentiment", ["positive"]),
    ],
)
def test_sentiment_is_in_those_that_are_named_for_it(name, labels):
    assert [c.label for c in load_preset(name).classifiers] == labels


class TestByName:
    @pytest.mark.parametrize("name", ["nowhere", "../presets/offline-caption", ""])
    def test_an_unknown_preset_lists_the_known_ones(self, name):
        with pytest.raises(UserError, match=r"There is no preset .*offline-caption, .*paper-caption"):
            load_preset(name)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", r"The preset 'mine' is no JSON\. Correct mine\.json\."),
            ("[]", "The settings of preset 'mine' must be a JSON object"),
            ('{"colour": 1}', "The settings of preset 'mine' are wrong: 'colour' is no setting"),
            ('{"steps": 0}', "'steps' must be a whole number from 1 to 256, got 0"),
        ],
    )
    def test_a_wrong_preset_says_where(self, monkeypatch, tmp_path, content, message):
        (tmp_path / "mine.json").write_text(content, encoding="utf-8")
        monkeypatch.setattr(presets, "PRESETS", tmp_path)
        with pytest.raises(UserError, match=message):
            load_preset("mine")


def write(folder, content) -> object:
    path = folder / "mine.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


class TestConfigFile:
    def test_its_fields_replace_those_of_the_base(self, tmp_path):
        base = CaptionConfig(steps=3, beams=2)
        found = load_config(write(tmp_path, {"beams": 5, "classifiers": [{"label": "negative"}]}), base)
        assert (found.steps, found.beams, found.classifiers[0].label) == (3, 5, "negative")

    def test_the_settings_of_a_run_can_be_a_file(self, tmp_path):
        config = load_preset("offline-positive")
        assert load_config(write(tmp_path, config.as_dict()), CaptionConfig(seed=9)) == config

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", r"The file '.*mine\.json' is no JSON\. Correct mine\.json\."),
            (b"\xff".decode("latin-1"), r"The file '.*mine\.json' is no JSON"),
            ([], r"The settings of '.*mine\.json' must be a JSON object"),
            ({"colour": 1}, r"The settings of '.*mine\.json' are wrong: 'colour' is no setting\. Known: .*beams"),
            ({"beams": 0}, r"The settings of '.*mine\.json' are wrong: 'beams' must be a whole number"),
            (
                {"classifiers": [{}]},
                r"The settings of '.*mine\.json' are wrong: 'classifiers\[0\]\.label' must be",
            ),
        ],
    )
    def test_what_is_wrong_names_the_file_and_the_field(self, tmp_path, content, message):
        with pytest.raises(UserError, match=message):
            load_config(write(tmp_path, content), CaptionConfig())

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(UserError, match=r"The file '.*none\.json' could not be read \(no such file"):
            load_config(tmp_path / "none.json", CaptionConfig())
