from __future__ import annotations

import dataclasses
import json

import pytest

from fuse_core.search.records import Beam, Candidate, Step, WordStrength
from tests.fuse_core.steps import read_step

STEP = Step(
    index=2,
    beams=(
        Beam((257, 3797), " a cat", 5.1 + 1e-15, {"lm": 0.1 + 0.2, "image": 1 / 3}, 7.25),
        Beam((257, 3290), " a naïve dog", 6.0, {"lm": 1.0, "image": 0.5}, 8.0),
    ),
    candidates=(
        Candidate(" a cat", " cat", 3797, 0, 5.1, {"lm": 0.3, "image": 0.2}, -3.5, 1.25, kept=True),
        Candidate(" a dog", " dog", 3290, 1, 6.0, {"lm": 1.0, "image": 0.5}, -4.5, 0.0),
    ),
    words=(WordStrength("a", 0.25), WordStrength("unreachable", None)),
    evaluations=2,
    n_forward_passes=1,
    seconds=0.125,
)
START = Step(index=0, beams=(Beam(),))


@pytest.mark.parametrize("step", [STEP, START])
def test_a_step_goes_to_json_and_back_unchanged(step):
    assert read_step(step.as_dict()) == step


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        STEP.beams[0].text = "other"


def test_fields_with_a_default_may_be_missing():
    assert read_step({"index": 0, "beams": [{}]}) == START


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("index",), "2"),
        (("index",), True),
        (("index",), 2.5),
        (("index",), None),
        (("beams",), None),
        (("beams",), {"0": {}}),
        (("beams", 0), [1, 2]),
        (("beams", 0, "ids"), "ab"),
        (("beams", 0, "ids", 1), 3797.0),
        (("beams", 0, "ids", 1), None),
        (("beams", 0, "text"), 7),
        (("beams", 0, "objective"), "5.1"),
        (("beams", 0, "objective"), float("nan")),
        (("beams", 0, "losses"), [0.1]),
        (("beams", 0, "losses", "lm"), None),
        (("beams", 0, "nll"), None),
        (("beams", 0, "nll"), float("inf")),
        (("beams", 0, "colour"), "red"),
        (("candidates", 0, "kept"), 1),
        (("candidates", 1, "token_id"), " dog"),
        (("candidates", 1, "score"), {}),
        (("words", 0, "strength"), "strong"),
        (("words", 0), None),
        (("seconds",), "soon"),
    ],
)
def test_a_value_of_another_kind_is_refused(path, value):
    values = json.loads(json.dumps(STEP.as_dict()))
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=r"\S"):
        read_step(values)


@pytest.mark.parametrize("field", ["index", "beams"])
def test_a_field_without_default_must_be_there(field):
    values = STEP.as_dict()
    del values[field]
    with pytest.raises(ValueError, match=field):
        read_step(values)


def test_the_names_of_version_1_are_read():
    values = {**STEP.as_dict(), "forwards": 1, "memory": [0.5]}
    del values["n_forward_passes"], values["soft_prompt"]
    assert read_step(values) == dataclasses.replace(STEP, soft_prompt=(0.5,))


@pytest.mark.parametrize("values", [None, [], "step", 3])
def test_a_step_is_an_object(values):
    with pytest.raises(ValueError, match=r"\S"):
        read_step(values)
