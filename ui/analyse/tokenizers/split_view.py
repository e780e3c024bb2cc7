"""Text in, both splits side by side, and the same word by word as a table."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from ui.analyse.pair import Pair
from ui.analyse.tokenizers.split_handlers import Components, SplitHandlers
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE

SAMPLE = "A cheetah naps beneath the antediluvian baobab; photographers tiptoe past."


def build(opened: gr.State, library: Library, pair: Pair, runner: JobRunner) -> gr.Textbox:
    """Lay the view out and wire it; returns the text box, which links carry."""
    content = gr.Textbox(SAMPLE, label="Text", lines=2, max_lines=8, elem_id="tok-text")
    components = results()
    # One handler for opening and changing: two could finish in the wrong order.
    gr.on(
        [opened.change, content.change, pair.source.change, pair.target.change],
        SplitHandlers(components, library, runner).split,
        [*pair.inputs, content],
        [*vars(components).values()],
        trigger_mode="always_last",
        **PRIVATE,
    )
    return content


def results() -> Components:
    """Lay out what the handler fills."""
    note = gr.HTML(padding=False, elem_id="tok-note")
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="split-target", min_height=60)
    gr.HTML(text("legend.html"), padding=False)
    rows = gr.Dataframe(
        label="Word by word", interactive=False, max_height=300, elem_id="tok-rows", buttons=[], wrap=True
    )
    export.buttons("words", table=rows)
    return Components(note, left, right, rows)
