"""A view of the Analyse tab is one file: the page and its links know it without being told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

import ui.analyse
from fuse_core.library import Library
from tests.ui.visitor import read_link
from ui.analyse.registry import find_views
from ui.app import build

VIEW = """
import gradio as gr

from ui.analyse.registry import AnalyseView


def build(tab, library, pair, runner):
    gr.Markdown("Counted so far", elem_id="counted")
    return {{"{setting}": gr.Slider(0, 10, value=3, label="How many")}}


VIEW = AnalyseView("{name}", "Counting", 1.5, build)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that belongs to ``ui.analyse`` for the time of a test."""
    monkeypatch.setattr(ui.analyse, "__path__", [*ui.analyse.__path__, str(tmp_path)])
    yield tmp_path
    for name in ("counting", "shared_by_views"):
        sys.modules.pop(f"ui.analyse.{name}", None)


def test_the_four_views_stand_in_their_order():
    assert [view.name for view in find_views()] == ["tokenizers", "adapter", "fidelity", "synthetic"]


def test_a_view_in_a_file_of_its_own_is_on_the_page_and_in_its_links(folder: Path):
    (folder / "counting.py").write_text(VIEW.format(name="counting", setting="how-many"))
    (folder / "shared_by_views.py").write_text("SOMETHING = 1\n")
    page = build(Library())
    tabs = [block for block in page.blocks.values() if isinstance(block, gr.Tab)]
    views = [tab for tab in tabs if (tab.elem_id or "").startswith("view-") and "lesson" not in tab.elem_id]
    assert [tab.id for tab in views] == ["tokenizers", "counting", "adapter", "fidelity", "synthetic"]
    assert [tab.label for tab in views][1] == "Counting"
    assert any(block.elem_id == "counted" for block in page.blocks.values())
    scripts = [str(fn.js) for fn in page.fns.values()]
    assert any('"counting": ["analyse", "counting"]' in script for script in scripts)
    (slider,) = (b for b in page.blocks.values() if isinstance(b, gr.Slider) and b.label == "How many")
    assert read_link(page, "?view=counting&how-many=7")[slider] == 7
    assert any('fxRemember("how-many", value, 3)' in script for script in scripts)


@pytest.mark.parametrize(("name", "setting"), [("adapter", "how-many"), ("counting", "noise")])
def test_a_name_that_is_taken_is_refused(folder: Path, name: str, setting: str):
    (folder / "counting.py").write_text(VIEW.format(name=name, setting=setting))
    with pytest.raises(ValueError, match=f"{name}|{setting}"):
        build(Library())
