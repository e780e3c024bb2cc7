"""Chapter 10: a recorded step stage by stage, a word of one's own, further steps, and the honest table."""

from __future__ import annotations

import pytest

from fuse_core.analysis.comparison_record import read_record
from fuse_core.analysis.lessons import slow_step
from fuse_core.analysis.lessons.recorded import recorded
from tests.fuse_core import tiny_models
from ui.learn.caption_figures import PROPOSING, STAGES
from ui.learn.chapters.caption import COMPARED


def look(visitor, stage: int) -> str:
    visitor["lesson-caption-stage"] = stage
    visitor.do("lesson-caption-stage", "change")
    return visitor.text("lesson-caption-table")


@pytest.fixture
def tiny(visitor, monkeypatch):
    monkeypatch.setattr(slow_step, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(slow_step, "TARGET", tiny_models.CONFIG.target)
    visitor.do("lesson-caption-begin")
    return visitor


def test_every_stage_of_the_recorded_step_is_shown(visitor):
    known = recorded("caption")
    for k, name in enumerate(STAGES, 1):
        said = look(visitor, k)
        rows = (
            [row["token"] for row in known[name]] if name in PROPOSING else [b["text"].strip() for b in known["beams"]]
        )
        assert all(row in said for row in rows)
        assert len(visitor["lesson-caption-bars"].data) == (1 if name in PROPOSING else len(known["terms"]))
    assert known["before"].strip() in visitor.text("lesson-caption-text")


def test_a_caption_is_written_step_by_step_with_a_word_of_ones_own(tiny):
    assert "Step 1" in tiny.text("lesson-caption-text")
    tiny["lesson-caption-word"] = "cheetah"
    tiny.do("lesson-caption-compete")
    assert "“cheetah” has the objective" in tiny.text("lesson-caption-verdict")
    assert "cheetah (yours)" in tiny.text("lesson-caption-table")
    for index in (2, 3):
        tiny.do("lesson-caption-step")
        assert f"Step {index}" in tiny.text("lesson-caption-text")
    assert tiny["lesson-caption-stage"] == 1
    assert not tiny.text("lesson-caption-verdict")


def test_a_word_that_was_proposed_too_is_shown_once(tiny):
    look(tiny, 4)
    proposed = tiny["lesson-caption-bars"].data[0].y[0]
    tiny["lesson-caption-word"] = proposed
    tiny.do("lesson-caption-compete")
    assert [name for name in tiny["lesson-caption-bars"].data[0].y if name.split(" (")[0] == proposed] == [
        f"{proposed} (yours)"
    ]


def test_no_word_is_a_sentence_and_changes_nothing(tiny):
    before = look(tiny, 4)
    tiny["lesson-caption-word"] = " "
    tiny.do("lesson-caption-compete")
    assert "There is no word yet" in tiny.text("lesson-caption-status")
    assert tiny.text("lesson-caption-table") == before


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_the_gradient_is_worth_is_read_from_the_record(visitor, language):
    visitor["lesson-language"] = language
    visitor.do("lesson-language", "input")
    assert not visitor.prop("lesson-caption-worth", "visible")
    visitor.do("lesson-caption-worth-show")
    assert visitor.prop("lesson-caption-worth", "visible")
    said, record = visitor.text("lesson-caption-worth-table"), read_record(COMPARED)
    assert all(f"{arm['objective']:.2f}" in said for arm in record["arms"].values())
    assert all(f"{pair['difference']:+.2f}" in said for pair in record["pairs"])
    assert record["created"] in said
