"""Every view leads to the chapter that explains it, and every chapter to the view that shows it in full."""

from __future__ import annotations

import re

import gradio as gr

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
