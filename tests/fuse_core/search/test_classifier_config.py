from __future__ import annotations

import math

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, r"'classifiers\[1\]\.label' must be text, and is missing"),
        (
            {"label": "positive", "weight": -1},
            r"'classifiers\[1\]\.weight' must be a number from 0 to 1,000,000, got",
        ),
        ({"label": "positive", "weight": math.nan}, r"'classifiers\[1\]\.weight' must be a number"),
        ({"label": "positive", "weight": "3"}, r"'classifiers\[1\]\.weight' must be a number"),
        ({"label": "positive", "model": 7}, r"'classifiers\[1\]\.model' must be text"),
        ({"label": "positive", "prefix": None}, r"'classifiers\[1\]\.prefix' must be text"),
        (
            {"label": "positive", "colour": 7},
            r"'classifiers\[1\]' has an unknown field 'colour'\. Known: 'label'",
        ),
        ("positive", r"'classifiers\[1\]' must be a JSON object with fields such as 'label'"),
        (None, r"'classifiers\[1\]' must be a JSON object"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(value, message):
    with pytest.raises(UserError, match=message):
        CaptionConfig.from_dict({"classifiers": [{"label": "negative"}, value]})


@pytest.mark.parametrize("value", [None, {"label": "positive"}, "positive", 3])
def test_classifiers_are_a_list(value):
    with pytest.raises(UserError, match="'classifiers' must be a list"):
        CaptionConfig.from_dict({"classifiers": value})


@pytest.mark.parametrize("field", ["image_prefix", "image_suffix"])
def test_text_around_the_image_models_prompt_may_be_missing_but_not_of_another_kind(field):
    assert CaptionConfig.from_dict({field: None}) == CaptionConfig()
    with pytest.raises(UserError, match=f"'{field}' must be text, got 3"):
        CaptionConfig.from_dict({field: 3})


def test_json_and_objects_are_taken_alike():
    made = CaptionConfig(classifiers=(ClassifierConfig(label="positive", weight=2.0),))
    assert CaptionConfig.from_dict({"classifiers": [{"label": "positive", "weight": 2.0}]}) == made
    assert made.terms[2] == ("positive", "minilm-sentiment", "minilm-sentiment:positive", 2.0)


def test_terms_without_classifiers_are_fluency_and_picture():
    assert CaptionConfig().terms == (
        ("fluency", "smollm2", "smollm2", 1.0),
        ("picture", "minilm", "minilm", 22.0),
    )
