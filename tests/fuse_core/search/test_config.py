from __future__ import annotations

import json
import math

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig

TEXTS = ("source", "target", "examples", "prefix", "suffix", "image_prefix", "image_suffix", "lm_text", "start")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0),
        ("steps", 257),
        ("steps", 2.0),
        ("steps", "8"),
        ("steps", True),
        ("beams", 0),
        ("beams", 33),
        ("candidates", 0),
        ("candidates", 4097),
        ("seed", -1),
        ("seed", None),
        ("lm_weight", -0.1),
        ("lm_weight", math.nan),
        ("image_weight", math.inf),
        ("image_weight", "22"),
        ("guidance_weight", None),
        ("method", "gradient-descent"),
        ("search", "depth-first"),
        ("guidance", "magic"),
        ("guidance", ["fuse"]),
        ("bucketing", "none"),
        ("source", 7),
        ("prefix", None),
        ("suffix", ["."]),
    ],
)
def test_a_wrong_value_is_refused_with_the_fields_name(field, value):
    with pytest.raises(UserError, match=f"'{field}' must be "):
        CaptionConfig(**{field: value})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        *((field, "a" * 2_001, "has 2,001 characters; 2,000 is the most") for field in TEXTS),
        ("pinned", ["a" * 101], "has 101 characters; 100 is the most"),
        ("banned", ["a"] * 201, "has 201 words; 200 is the most"),
    ],
)
def test_texts_and_lists_of_words_have_a_limit(field, value, message):
    with pytest.raises(UserError, match=f"'{field}' {message}"):
        CaptionConfig(**{field: value}, method="gcg")


@pytest.mark.parametrize("field", ["label", "model", "prefix", "suffix"])
def test_a_classifiers_texts_have_a_limit(field):
    with pytest.raises(UserError, match=rf"'classifiers\[0\].{field}' has 1,000,000 characters"):
        CaptionConfig(classifiers=[{"label": "positive", field: "a" * 1_000_000}])


def test_a_message_about_a_large_value_is_short():
    for field, value in (("banned", "a" * 1_000_000), ("method", "a" * 1_000_000), ("prefix", list(range(100_000)))):
        with pytest.raises(UserError) as caught:
            CaptionConfig(**{field: value})
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prefix", "a" * 2_000),
        ("pinned", ("a" * 100,)),
        ("steps", 64),
        ("beams", 32),
        ("candidates", 4096),
        ("lm_weight", 0),
        ("image_weight", 0.5),
        ("seed", 2**31),
    ],
)
def test_the_ends_of_each_range_are_allowed(field, value):
    found = CaptionConfig(**{field: value}).as_dict()[field]
    assert found == (list(value) if isinstance(value, tuple) else value)


def test_settings_go_to_json_and_back():
    config = CaptionConfig(prefix='A "naïve" photo of', steps=3, lm_weight=0.25, guidance="random", search="greedy")
    assert CaptionConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_fields_that_are_not_given_have_their_defaults():
    assert CaptionConfig.from_dict({}) == CaptionConfig()


def test_an_unknown_field_is_named_with_the_known_ones():
    with pytest.raises(UserError, match=r"^The file are wrong: 'step' is no setting\. Known: .*candidates.*steps"):
        CaptionConfig.from_dict({"step": 3}, "The file")


@pytest.mark.parametrize("values", [None, [], "steps", 3])
def test_settings_that_are_no_object_are_refused(values):
    with pytest.raises(UserError, match="must be a JSON object"):
        CaptionConfig.from_dict(values)


def test_greedy_is_a_beam_of_one():
    assert CaptionConfig(beams=5).width == 5
    assert CaptionConfig(beams=5, search="greedy").width == 1


def test_the_objective_depends_on_models_texts_and_weights_alone():
    config = CaptionConfig()
    for field, value in {"steps": 3, "beams": 2, "candidates": 7, "guidance": "lm", "seed": 5}.items():
        assert config.changed(**{field: value}).objective_fields() == config.objective_fields()
    for field, value in {"prefix": "A", "suffix": "B", "lm_weight": 2.0, "image_weight": 2.0, "source": "x"}.items():
        assert config.changed(**{field: value}).objective_fields() != config.objective_fields()
