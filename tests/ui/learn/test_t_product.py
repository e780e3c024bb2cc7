"""Chapter 4 on the page: the slice that is filled in, and every way to the product."""

from __future__ import annotations

import gradio as gr
import pandas as pd
import pytest

from fuse_core.library import Library
from tests.ui.visitor import Visitor
from ui.kit.jobs import JobRunner
from ui.learn.chapters.t_product import CHAPTER, Widget
from ui.learn.page import Page

RIGHT, WRONG = [[2, 2], [2, 2]], [[2, 2], [2, 3]]


@pytest.fixture
def pupil(visitor: Visitor) -> Visitor:
    """Whose browser has sent the tables as handlers get them."""
    for name in ("lesson-a", "lesson-b", "lesson-guess"):
        visitor[name] = pd.DataFrame(visitor[name]["data"])
    return visitor


def guess(visit: Visitor, rows: list[list[int]]) -> str:
    visit["lesson-guess"] = pd.DataFrame(rows)
    visit.do("lesson-check")
    visit.do("lesson-slice", "change")  # which the page triggers, as the slice asked for is shown
    return visit.text("lesson-status")


def test_a_wrong_slice_gets_the_reason_and_the_right_one_every_way_to_it(pupil):
    assert "Not yet" in guess(pupil, WRONG)
    assert not pupil.prop("lesson-ways", "visible")
    assert "Yes" in guess(pupil, RIGHT)
    assert pupil.prop("lesson-ways", "visible")
    assert "bcirc(A)" in pupil["lesson-whole"]


def test_the_slice_is_shown_to_whoever_gives_up(pupil):
    pupil.do("lesson-give-up")
    pupil.do("lesson-slice", "change")
    assert pupil["lesson-status"].count("<td>2</td>") == 4


def test_changed_numbers_change_the_slice_that_is_asked_for(pupil):
    table = pupil["lesson-a"].copy()
    table.iloc[0, 0] = 5
    pupil["lesson-a"] = table
    assert "Not yet" in guess(pupil, RIGHT)
    assert "Yes" in guess(pupil, [[2, 6], [2, 2]])


def test_a_field_without_a_number_is_a_sentence(pupil):
    table = pupil["lesson-a"].astype(object)
    table.iloc[0, 0] = "one"
    pupil["lesson-a"] = table
    pupil.do("lesson-check")
    assert "holds no number" in pupil.text("lesson-status")


def test_every_way_is_counted_and_timed(pupil):
    pupil.do("lesson-time")
    found = pupil.table("lesson-costs")
    assert list(found["matrix products"]) == ["9", "3", "2"]


def test_times_measured_are_told_in_another_language_and_not_measured_again():
    with gr.Blocks(), gr.Tab() as tab:
        widget = Widget(Page(CHAPTER, Library(), JobRunner(), tab, gr.State("en")))
    measured = widget.timed(2, 2, 2, 3, "en")
    german = widget.retold(measured[widget.measured], "de")[widget.costs]
    assert "FFT" in german
    assert "Matrixprodukte" in german.replace("­", "")
    assert all(f"<td>{row[3]}</td>" in german for row in measured[widget.measured])
    assert widget.retold([], "de")[widget.costs] == ""
