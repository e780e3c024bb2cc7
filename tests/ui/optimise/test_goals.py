"""Goals besides one picture, set on the page, over tiny models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fuse_core import tiny_models
from tests.ui.visitor import Visitor


@pytest.fixture
def short(visitor: Visitor) -> Visitor:
    visitor.do("examples", "select", {"index": 1, "value": None})
    for field, value in (("Steps", 4), ("Beams", 2), ("Candidates", 6)):
        visitor[field] = value
    return visitor


def saved(visit: Visitor) -> dict:
    visit.do("save")
    return json.loads(Path(visit["save-file"]).read_text("utf-8"))


def pictures(folder: Path, *seeds: int) -> list[str]:
    for seed in seeds:
        tiny_models.picture(seed).save(folder / f"{seed}.png")
    return [str(folder / f"{seed}.png") for seed in seeds]


def test_a_text_is_the_goal_and_its_field_is_shown_for_it(short):
    assert not short.prop("Text to resemble", "visible")
    short["Goal"] = "text"
    short.do("Goal", "change")
    assert short.prop("Text to resemble", "visible")
    short.do("step")
    assert "'Text to resemble' is empty" in short.text("status")
    short["Text to resemble"] = "a dog in the snow"
    short.do("step")
    assert "Step 1 of 4" in short.text("status"), short.text("status")
    assert "No term of the objective looks at the picture" in short["facts"]
    config = saved(short)["config"]
    assert (config["goal"], config["wanted_text"]) == ("text", "a dog in the snow")
    short["Goal"] = "picture"  # the text is hidden now, and means nothing
    short.do("reset")
    short.do("step")
    assert saved(short)["config"]["wanted_text"] == ""


def test_several_pictures_are_shown_kept_and_come_back(short, tmp_path):
    short["more-files"] = pictures(tmp_path, 1, 2)
    short.do("more-files", "change")
    assert (short.prop("more", "visible"), len(short["more"])) == (True, 2)
    short.do("step")
    found = saved(short)
    assert len(found["more_images"]) == 2
    path = tmp_path / "run.json"
    path.write_text(json.dumps(found), "utf-8")
    short.do("examples", "select", {"index": 2, "value": None})
    assert not short.prop("more", "visible")
    short["load"] = str(path)
    short.do("load", "upload")
    assert (short.prop("more", "visible"), len(short["more"])) == (True, 2)
    assert len(saved(short)["more_images"]) == 2


def test_a_damaged_picture_among_several_leaves_the_run(short, tmp_path, notices):
    short.do("step")
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    short["more-files"] = [*pictures(tmp_path, 1), str(tmp_path / "damaged.png")]
    short.do("more-files", "change")
    assert any("damaged.png" in notice for notice in notices)
    short.do("step")
    assert "Step 2 of 4" in short.text("status")


def test_a_further_term_is_read_from_its_fields(short):
    assert not short.prop("Its model", "visible")
    short["Further term"] = "fluency"
    short.do("Further term", "change")
    assert short.prop("Its model", "visible")
    offered = short.prop("Its model", "choices")
    assert ("smollm2", "smollm2") in offered
    assert ("gpt2-medium · from a hub", "gpt2-medium") in offered
    assert "minilm" not in dict(offered).values()  # it cannot judge fluency
    short.do("step")
    assert "'Its model' is empty" in short.text("status")
    short["Its model"] = "gpt2-medium"  # the one that writes
    short.do("step")
    assert "two terms named gpt2-medium" in short.text("status")


def test_a_run_is_one_page_that_needs_no_server(short):
    short.do("run-page")
    assert "no step to export yet" in short.text("status")
    short.do("step")
    short.do("run-page")
    page = Path(short["save-file"]).read_text("utf-8")
    best = saved(short)["steps"][-1]["beams"][0]["text"].strip()
    assert best in page
    assert "data:image/jpeg;base64," in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert len(page) < 5_000_000
