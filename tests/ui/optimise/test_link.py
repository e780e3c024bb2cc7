"""A run in an address: what it says, and what opening it does, over tiny models."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from PIL import Image

from fuse_core.search.presets import load_preset
from tests.ui.visitor import Visitor
from ui.kit.examples import EXAMPLES, example
from ui.kit.link_values import asked
from ui.optimise import link
from ui.optimise.visit_state import VisitState

PRESET = "offline-caption"
SHORT = {"Steps": 4, "Beams": 2, "Candidates": 6}


@pytest.fixture
def run(visitor: Visitor) -> Visitor:
    """Somebody two steps into a short run on an example picture."""
    visitor.do("examples", "select", {"index": 1, "value": None})
    for field, value in SHORT.items():
        visitor[field] = value
    for _ in range(2):
        visitor.do("step")
    return visitor


def copied(visitor: Visitor) -> tuple[str, str]:
    """The link that the button copies, and what is said of it."""
    visitor.do("optimise-copy-link")
    button = visitor.component("optimise-copy-link")
    outputs = next(fn.outputs for fn in visitor.page.fns.values() if (button._id, "click") in fn.targets)
    found, words = (visitor._value(box) for box in outputs)
    return found, json.loads(words)[-1]


def caption(visitor: Visitor) -> str:
    (found,) = re.findall(r'data-caption="([^"]*)"', visitor["caption-box"])
    return found


def test_a_link_brings_back_picture_settings_steps_and_the_step_on_show(run, page, notices):
    run["timeline"] = 1
    run.do("timeline", "input")
    found, note = copied(run)
    assert note == ""
    assert "/" not in found  # no path
    said = {name: values[0] for name, values in parse_qs(found.removeprefix("?")).items()}
    assert said["run-picture"] == EXAMPLES[1].stem
    assert (said["run-taken"], said["run-shown"], said["run-steps"], said["run-beams"]) == ("2", "1", "4", "2")
    other = Visitor(page, "another")
    other.open(found)
    assert caption(other) == caption(run)
    assert {name: other[name] for name in SHORT} == SHORT
    assert other["facts"].split(",")[0] == run["facts"].split(",")[0]
    assert "Step 2 of 4." in other.text("status")
    assert list(other["beams"]["prompt"]) == list(run["beams"]["prompt"])
    assert notices == []
    other.do("step")
    assert "Step 3 of 4." in other.text("status")


def test_settings_alone_fill_the_panel_and_take_no_step(visitor, page):
    visitor["Method"], visitor["Prefix"], visitor["Steps"] = "gcg", "5", 3
    found, _ = copied(visitor)
    other = Visitor(page, "another")
    other.open(found)
    assert (other["Method"], other["Prefix"], other["Steps"]) == ("gcg", "5", 3)
    assert "Recorded" in other.text("status") or "recorded" in other.text("status")


def test_an_uploaded_picture_and_steps_of_several_settings_are_left_out_and_told(run, page, tmp_path):
    run["Seed"] = 7
    run.do("step")
    found, note = copied(run)
    assert "run-taken" not in found
    assert "the steps, for settings or prompts changed on the way" in note
    path = tmp_path / "cat.jpg"  # called as an example, and none
    Image.new("RGB", (40, 30), "red").save(path)
    run["picture"] = str(path)
    run.do("picture", "upload")
    found, note = copied(run)
    assert "run-picture" not in found
    assert "which is your own" in note


def test_the_impossible_is_told_in_one_sentence_and_the_rest_is_done(visitor, notices):
    visitor.open(
        f"?run-preset={PRESET}&run-picture=unicorn&run-steps=3&run-beams=many&run-nothing=1&run-taken=99&run-method=gcg"
    )
    (told,) = notices
    for part in ("no example picture 'unicorn'", "Beams", "'nothing' is no setting", "'99' cannot be the steps taken"):
        assert part in told
    assert (visitor["Steps"], visitor["Method"]) == (3, "gcg")


def test_a_reload_shows_what_the_browser_keeps(run):
    now = caption(run)
    opened = next(fn for fn in run.page.fns.values() if "getEntriesByType" in str(fn.js))
    run._values[opened.inputs[0]] = "?run-preset=offline-plain&run-steps=3"
    run._values[opened.inputs[1]] = "reload"
    for _ in run._call(opened, None):
        pass
    assert caption(run) == now
    assert run["Steps"] == 4


@pytest.mark.parametrize(
    "change", [{}, {"prefix": '"5"', "lm_weight": 0.5}, {"prefix": "", "image_prefix": None, "pinned": ["a", "b"]}]
)
def test_every_setting_survives_the_address(change):
    config = load_preset(PRESET).changed(**change)
    found, left_out = link.written(VisitState(), config, PRESET)
    read = link.read(asked(found), "offline-plain")
    assert read is not None
    assert read.config == config
    assert (read.refused, left_out) == ((), [])


def test_a_kept_copy_of_an_example_is_known_again_and_others_are_not():
    with Image.open(example("cat")) as picture:
        small, file = picture.convert("RGB").resize((60, 40)), io.BytesIO()
    small.save(file, "JPEG")
    assert link.example_of((Image.open(file),), "cat.jpg") == "cat"
    assert link.example_of((Image.open(example("coffee")),), "cat.jpg") == ""
    assert link.example_of((small, small), "cat.jpg") == ""


def test_a_saved_run_is_loaded_as_the_second_one(run, page, tmp_path):
    run.do("save")
    saved = tmp_path / Path(run["save-file"]).name
    saved.write_bytes(Path(run["save-file"]).read_bytes())
    other = Visitor(page, "another")
    other.open()
    other["load-second"] = str(saved)
    other.do("load-second", "upload")
    assert "Loaded as run B, 2 steps" in other.text("status")
    assert other.prop("comparison", "visible")
    assert list(other["compare-costs"].columns) == ["", "run A", "run B"]
    assert caption(run) in other.text("compare-captions")
    # What is on show at first is of another picture.
    assert "Their pictures differ." in other.text("compare-captions")
    other["switch"] = "B"
    other.do("switch", "input")
    assert caption(other) == caption(run)
    other.do("undo")


def test_a_second_run_needs_a_first(visitor: Visitor, tmp_path):
    visitor.do("examples", "select", {"index": 1, "value": None})
    visitor["load-second"] = str(Path(__file__).parents[2] / "data" / "v1" / "runs")
    next_run = next(Path(str(visitor["load-second"])).glob("*.json"))
    visitor["load-second"] = str(next_run)
    visitor.do("load-second", "upload")
    assert "There is no run yet to compare it with. Press Step, or Load run, first." in visitor.text("status")
