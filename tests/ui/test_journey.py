"""What ``benchmarks.page`` presses is on the page."""

from __future__ import annotations

import gradio as gr

from benchmarks.page import JOURNEY


def test_every_view_and_button_of_the_journey_is_on_the_page(page):
    parts = [*page.blocks.values()]  # those of views that come later, too
    views = {part.id for part in parts if isinstance(part, gr.Tab)}
    ids = {part.elem_id for part in parts if part.visible != "hidden"}
    assert [view for view in JOURNEY if view not in views] == []
    assert [button for pressed in JOURNEY.values() for button in pressed if button.split()[0] not in ids] == []
