"""Parts of the page that come when their tab is first opened."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from gradio.context import Context, LocalContext
from gradio.state_holder import SessionState

from ui.kit.late import LatePage, Part


@pytest.fixture(scope="module")
def late() -> dict[str, Any]:
    """Two parts, both of which follow a menu outside of them."""
    made: dict[str, Any] = {}
    with LatePage() as page:
        made["menu"] = gr.Dropdown(["a", "b"], value="a")
        with gr.Tabs():
            for name in ("one", "two"):
                with gr.Tab(name) as tab, Part(page, tab) as part:
                    with gr.Row():
                        box = gr.Textbox("as laid out")
                        button = gr.Button()
                    pressed = button.click(lambda text: text, box, box)
                    pressed.then(None, None, None, js="() => null")
                    gr.on([part.arrives, box.change, made["menu"].change], lambda text: text, box, box)
                made |= {name: part, f"{name}-box": box}
        page.load(lambda: "b", None, made["menu"])
    return made | {"page": page}


def events(page: LatePage, part: Part | None) -> list[list[str]]:
    return [[event for _, event in fn.targets] for fn in page.fns.values() if fn.rendered_in is part]


def test_what_is_sent_first_lacks_the_parts_and_their_events(late):
    page, sent = late["page"], late["page"].get_config_file()
    there = {block["id"] for block in sent["components"]}
    for name in ("one", "two"):
        assert late[name].column._id in there
        assert late[f"{name}-box"]._id not in there
        assert late[f"{name}-box"] in page.blocks.values()  # for handlers it is there from the first
    [layout] = sent["page"].values()
    assert str(late["one-box"]._id) not in str(layout["layout"])
    assert set(layout["components"]) == there
    # Of each tab its opening and what brings its part, the menu's change that is handed on, and the page's own load.
    told = [[event for _, event in dependency["targets"]] for dependency in sent["dependencies"]]
    assert sorted(told) == [["change"]] * 3 + [["load"]] + [["select"]] * 2
    assert set(layout["dependencies"]) == {dependency["id"] for dependency in sent["dependencies"]}


def test_a_part_has_its_events_and_of_others_only_those_that_are_handed_on_to_it(late):
    page, part = late["page"], late["one"]
    assert events(page, part) == [["click"], ["then"], ["load", "change", "change"]]
    own = {block._id for block in (late["one-box"], part.relay)}
    shared = next(fn for fn in page.fns.values() if fn.rendered_in is part and len(fn.targets) == 3)
    assert {block for block, event in shared.targets if event == "change"} == own
    [hands_on] = [fn for fn in page.fns.values() if (late["menu"]._id, "change") in fn.targets]
    assert hands_on.outputs == hands_on.inputs
    assert set(hands_on.outputs) == {late["one"].relay, late["two"].relay}
    assert hands_on.fn(0, 4) == [1, 5]


def test_the_answer_to_the_first_opening_is_the_part_as_it_was_laid_out(late):
    page, part = late["page"], late["one"]
    [brings] = [fn for fn in page.fns.values() if fn.renderable is part]
    visit = SessionState(page)
    visit[late["one-box"]._id] = gr.Textbox("told of it before it was there", render=False)
    held = LocalContext.blocks_config.set(visit.blocks_config)
    try:
        brings.fn()
    finally:
        LocalContext.blocks_config.reset(held)
    came = visit.blocks_config.get_config(brings.renderable)
    boxes = [block["props"]["value"] for block in came["components"] if block["type"] == "textbox"]
    assert boxes == ["as laid out"]
    assert came["layout"]["id"] == part.column._id
    assert len(came["dependencies"]) == len(events(page, part))


def test_what_can_be_set_is_told_with_the_component_for_its_events_come_later(late):
    assert late["one-box"].interactive
    with LatePage() as page:
        shown, free, typed = gr.Textbox("only shown"), gr.Textbox(), gr.Number(0)
        page.load(lambda: "", None, shown)
    assert (shown.interactive, free.interactive, typed.interactive) == (False, True, True)


def two_buttons_of_one_event() -> None:
    with LatePage() as page, gr.Tabs():
        buttons = []
        for name in ("one", "two"):
            with gr.Tab(name) as tab, Part(page, tab):
                buttons.append(gr.Button())
        gr.on([button.click for button in buttons], lambda: None)


def test_no_event_begins_in_two_parts():
    with pytest.raises(ValueError, match="two parts"):
        two_buttons_of_one_event()
    assert Context.root_block is None
