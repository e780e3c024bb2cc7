"""Tests of what the page shows as it opens."""

from __future__ import annotations

import gradio as gr

from ui.kit.first_values import begin_with


def test_an_update_changes_its_component_and_adds_none():
    with gr.Blocks() as page:
        slider, column = gr.Slider(0, 1), gr.Column()
        laid_out = set(page.blocks)
        begin_with(page, lambda: {slider: gr.Slider(maximum=8, value=3), column: gr.Column(visible=False)})
        assert set(page.blocks) == laid_out
    assert (slider.maximum, slider.value, column.visible) == (8, 3, False)
    labels = [block["props"].get("label") for block in page.get_config_file()["components"]]
    assert len(labels) == len(laid_out) + 1  # Gradio's own form around the slider


def test_the_page_names_every_field_that_a_visitor_sees(page):
    """One without a name is left over from an update, or was forgotten."""
    fields = [block for block in page.blocks.values() if isinstance(block, gr.components.FormComponent)]
    unnamed = [block for block in fields if block.visible is True and not block.label and block.show_label]
    assert unnamed == []
