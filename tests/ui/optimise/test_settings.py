"""The settings panel says all that the command line can, and carries what it has no field for."""

from __future__ import annotations

import re

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.config_fields import methods_with
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG
from ui.kit.messages import told
from ui.optimise import settings
from ui.optimise.settings_fields import panel_options

TWO = (ClassifierConfig(label="joy", model="moods"), ClassifierConfig(label="positive", prefix="It is", suffix="."))


def read_back(config: CaptionConfig, **changes) -> CaptionConfig:
    """What the panel reads once it was filled with a configuration and some fields were changed."""
    base, _, *values = settings.values_of(config)
    fields = dict(zip(settings.field_names(), values, strict=True)) | changes
    return settings.read(base, *fields.values())


def test_every_setting_has_a_field_but_the_lists_of_models():
    assert config_options().keys() - panel_options().keys() == {"classifiers", "further"}
    assert {"sentiment", "sentiment_model", "sentiment_prefix", "sentiment_suffix"} <= panel_options().keys()


@pytest.mark.parametrize(
    "config",
    [
        *map(load_preset, preset_names()),
        CaptionConfig(image_prefix="A photo of"),
        CaptionConfig(image_prefix="", image_suffix="!"),
        CaptionConfig(suffix=" today", image_suffix=""),
        CaptionConfig(classifiers=TWO, source="gpt2-medium"),
        CaptionConfig(method="pez", inner_steps=9, guidance="lm", pinned=("cat",), banned=("dog", "the")),
        CaptionConfig(method="random", norm="l2", radius=1.5, length=3, search="greedy"),
    ],
    ids=lambda config: repr(config)[:40],
)
def test_what_fills_the_panel_is_read_back(config):
    assert read_back(config) == config


def test_a_field_changes_what_it_is_for_and_leaves_the_rest():
    config = CaptionConfig(classifiers=TWO, image_prefix="A photo of")
    assert read_back(config, steps=3) == config.changed(steps=3)
    assert read_back(config, own_image_text=False) == config.changed(image_prefix=None)
    assert read_back(config, sentiment="none").classifiers == TWO[:1]
    assert read_back(config, sentiment_model="roberta-sentiment").classifiers[1].model == "roberta-sentiment"
    assert read_back(config, method="gcg", top_k=5) == config.changed(method="gcg", top_k=5)


def test_fields_of_other_methods_are_not_read():
    assert read_back(CaptionConfig(), top_k=None, learning_rate=-1) == CaptionConfig()


def test_a_number_that_may_be_empty_is_typed_as_text():
    gcg = CaptionConfig(method="gcg")
    for field, typed, meant in (("buffer_size", "8", 8), ("buffer_size", "", None), ("stop_loss", "2.5", 2.5)):
        assert getattr(read_back(gcg, **{field: typed}).method_settings, field) == meant
    with pytest.raises(UserError, match="'Buffer size' must be a whole number from 0 to 512, got 'many'"):
        read_back(gcg, buffer_size="many")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", None, "'Steps' is empty"),
        ("method", None, "'Method' is empty"),
        ("steps", float("inf"), "'steps' must be a whole number from 1 to 256"),
        ("lm_weight", 1e9, "'lm_weight' must be a number from 0 to 1,000,000"),
        ("sentiment_weight", -1, "must be a number"),
    ],
)
def test_a_wrong_field_gets_a_sentence(field, value, message):
    changes = {"sentiment": "positive"} if field.startswith("sentiment_") else {}
    with pytest.raises(UserError, match=message):
        read_back(CaptionConfig(), **{field: value}, **changes)


NUMBERS = {name: option for name, option in panel_options().items() if option.kind in ("whole", "number")}


@pytest.mark.parametrize("field", NUMBERS)
def test_the_page_names_a_wrong_field_by_its_label(field):
    """Out of range, and for whole numbers 1.5, which is refused and not rounded."""
    option = NUMBERS[field]
    owners = methods_with(field)
    changes = {"method": owners[0]} if owners else {}
    changes |= {"sentiment": "positive"} if field.startswith("sentiment_") else {}
    changes |= {"further_kind": "fluency", "further_model": "smollm2"} if field.startswith("further_") else {}
    for value in (-1, 1.5) if option.kind == "whole" else (-1,):
        with pytest.raises(UserError) as caught:
            read_back(CaptionConfig(), **{field: value}, **changes)
        message = told(caught.value)
        assert message.startswith(f"'{option.label}' must be a")
        assert "_" not in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lm_loss": "cross_entropy"}, "'Text for that loss' is empty"),
        ({"goal": "text"}, "'Text to resemble' is empty, and 'Goal' is 'text'."),
        ({"goal": "text", "wanted_text": "a dog", "target": "none"}, "Choose one as 'Image-text model'."),
        ({"bucketing": "target", "features": "layers"}, "'Word features' cannot be 'layers'"),
        ({"suffix": "!", "ending": "free"}, "cannot be 'free'"),
    ],
)
def test_the_page_names_fields_that_rule_each_other_out_by_their_labels(changes, message):
    with pytest.raises(UserError) as caught:
        read_back(CaptionConfig(), **changes)
    assert message in told(caught.value)
    assert not re.search(r"'[a-z]+(_[a-z]+)+'", told(caught.value))


def test_a_run_with_texts_of_its_own_for_the_image_model_goes_on_once_loaded():
    library = tiny_models.shared_library()
    session = Session.start(library, CONFIG.changed(image_prefix="A photo of", steps=2), tiny_models.picture())
    session.step()
    loaded = Session.from_json(session.to_json(), library)
    loaded.change_search(library, read_back(loaded.config, steps=3))
    assert loaded.step().index == 2
