"""A chapter as one file: its texts, its question with every answer's reason, and what the widget shows."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.components.dataframe import DataframeData
from gradio.components.plot import PlotData

from tests.ui.visitor import Visitor
from ui.kit.standalone import prose
from ui.learn.chapter import CHAPTERS
from ui.learn.lesson import ENGLISH, languages, lesson

SENDS_REQUESTS = re.compile(r"""(?:src|href)=["']?(?!data:|#|\?)|@import|url\((?!#)""")


def as_handlers_get_it(component: Any, value: Any) -> Any:
    """A value after its way to the browser and back."""
    if value is None or isinstance(component, gr.Image):
        return None
    if isinstance(component, gr.Plot):
        return PlotData(**value) if isinstance(value, dict) else component.postprocess(value)
    if isinstance(component, gr.Dataframe) and isinstance(value, dict):
        return component.preprocess(DataframeData(**value))
    return value


def file_of(visitor: Visitor, name: str, hidden: tuple[str, ...] = ()) -> str:
    """The chapter's file, where the browser shows all of the widget but these."""
    button = visitor.component(f"chapter-{name}")
    (fn,) = [fn for fn in visitor.page.fns.values() if (button._id, "click") in fn.targets]
    for component in fn.inputs[2:]:
        visitor._values[component] = as_handlers_get_it(component, visitor._value(component))
    ids = [str(component.elem_id) for component in fn.inputs[2:]]
    assert set(hidden) <= set(ids)
    visitor[f"chapter-{name}-seen"] = "\n".join(part for part in ids if part not in hidden)
    visitor.do(f"chapter-{name}")
    return Path(visitor[f"chapter-{name}-file"]).read_text("utf-8")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", CHAPTERS)
def test_texts_and_every_answer_are_in_the_file_and_it_asks_for_nothing(visitor, name, language):
    visitor["lesson-language"] = language
    visitor.do("lesson-language", "input")
    page, texts = file_of(visitor, name), lesson(name, language)
    assert f"{CHAPTERS[name].order}. {texts.title}" in page
    assert prose(texts.idea) in page
    assert page.count("<details>") == len(texts.question.answers)
    for answer in texts.question.answers:
        assert prose(answer.why) in page
        assert prose(answer.say) in page
    assert prose(texts.after) in page
    assert len(page.encode()) < 5_000_000
    assert not SENDS_REQUESTS.search(page.split("const packed")[0])


def test_what_the_widget_shows_now_is_in_the_file_and_what_is_hidden_is_not(visitor):
    visitor["lesson-used"] = 2
    visitor.do("lesson-used", "change")
    visitor.do("lesson-bucket", "change")
    page = file_of(visitor, "pseudoinverse")
    facts = visitor.text("lesson-plane-status").strip()
    assert "Rank 2 of 2" in facts
    assert facts in page
    missed = visitor.table("lesson-missed")
    for cell in missed.to_numpy().ravel():
        assert f"<td>{escape(str(cell))}</td>" in page
    assert page.count('class="figure"') == 1
    assert lesson("pseudoinverse", ENGLISH).labels["belongs"] in page.split("const figures")[1]
    without = file_of(visitor, "pseudoinverse", ("lesson-plane", "lesson-missed"))
    assert 'class="figure"' not in without
    assert len(without) < 200_000
    assert missed.columns[-1] not in without.split("<table")[1]


def test_every_figure_of_the_lesson_is_saved_with_the_chapters_settings(visitor):
    plots = [
        str(b.elem_id)
        for b in visitor.page.blocks.values()
        if isinstance(b, gr.Plot)
        and "fx-lesson-figure" in (b.parent.elem_classes if isinstance(b.parent, gr.Column) else ())
    ]
    assert len(plots) >= 10
    for name in plots:
        for kind in ("png", "svg"):
            assert visitor.component(f"{name}-{kind}")
    visitor["lesson-words"] = 144
    button = visitor.component("lesson-fit-curve-png")
    (fn,) = [fn for fn in visitor.page.fns.values() if (button._id, "click") in fn.targets]
    visitor.do("lesson-fit-curve-png")
    assert '"Words fitted on\\": 144' in visitor._value(fn.outputs[0])
