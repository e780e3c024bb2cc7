"""Every view leads to the chapter that explains it, and every chapter to the view that shows it in full."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl

import gradio as gr
import pytest

from ui.learn.chapter import CHAPTERS

LINK = re.compile(r"\?view=([\w-]+)")


def links(block) -> set[str]:
    """The views that what lies inside a block links to."""
    inside = {name for child in getattr(block, "children", ()) for name in links(child)}
    value = getattr(block, "value", None)
    return inside | (set(LINK.findall(value)) if isinstance(value, str) else set())


def test_every_view_and_every_chapter_link_to_each_other(page):
    tabs = {block.id: block for block in page.blocks.values() if isinstance(block, gr.Tab)}
    chapters = {chapter.link: chapter for chapter in CHAPTERS.values()}
    views = tabs.keys() - chapters.keys() - {"learn", "analyse"}
    for name in views:
        assert links(tabs[name]) & chapters.keys(), f"{name} links to no chapter"
    for name, chapter in chapters.items():
        assert chapter.view in links(tabs[name]) & views
    assert set().union(*(links(tab) for tab in tabs.values())) <= tabs.keys()


CARRIED = {
    "cuts": {"text", "source", "target"},
    "words": {"text", "source", "target"},
    "tensors": {"text"},
    "pseudoinverse": {"bucket"},
    "fit": {"bucket"},
    "ranking": {"picture", "context"},
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_a_chapter_shows_goes_with_its_link_and_the_view_takes_it(visitor, name):
    ((query,),) = (re.findall(r'href="(\?[^"]*)" data-chapter', visitor[f"links-{name}"]),)
    query = html.unescape(query)
    assert dict(parse_qsl(query[1:])).keys() - {"view"} == CARRIED[name]
    assert dict(parse_qsl(query[1:]))["view"] == CHAPTERS[name].view
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gr, "Warning", told.append)
        visitor.open(query)
    assert not told
