"""What ``benchmarks.page`` presses is on the page."""

from __future__ import annotations

from benchmarks.page import JOURNEY


def test_every_view_and_button_of_the_journey_is_on_the_page(page):
    parts = page.get_config_file()["components"]
    views = {view for part in parts if part["type"] == "tabitem" for view in [part["props"].get("id")]}
    ids = {part["props"].get("elem_id") for part in parts if part["props"].get("visible") != "hidden"}
    assert [view for view in JOURNEY if view not in views] == []
    assert [button for pressed in JOURNEY.values() for button in pressed if button.split()[0] not in ids] == []
