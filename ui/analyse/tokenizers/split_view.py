"""Text in, splits side by side, and the same word by word as a table."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from fuse_core.words.segmenters import SEGMENTERS
from ui.analyse.pair import Pair
from ui.analyse.tokenizers.split_handlers import WHITE_SPACE, Components, SplitHandlers
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE

SAMPLE = "A cheetah naps beneath the antediluvian baobab; photographers tiptoe past."


def build(
    part: Part, library: Library, pair: Pair, own: gr.State, others: gr.Dropdown, runner: JobRunner
) -> dict[str, Setting]:
    """Lay the view out and wire it; returns the settings that links carry."""
    content = gr.Textbox(SAMPLE, label="Text", lines=2, max_lines=8, elem_id="tok-text")
    kinds = [(s.title if s.present else f"{s.title} · not installed", s.name) for s in SEGMENTERS.values()]
    words_by = gr.Dropdown(kinds, value=WHITE_SPACE, label="What tells the words", elem_id="tok-words-by")
    components = results()
    # One handler for opening and changing: two could finish in the wrong order.
    changing = [own, content, *pair.inputs, others, words_by]
    gr.on(
        [part.arrives, *(component.change for component in changing)],
        SplitHandlers(components, library, runner).split,
        [*pair.inputs, content, others, own, words_by],
        [*vars(components).values()],
        trigger_mode="always_last",
        **PRIVATE,
    )
    return {"text": content, "segmenter": words_by}


def results() -> Components:
    """Lay out what the handler fills."""
    note = gr.HTML(padding=False, elem_id="tok-note")
    figures = gr.Dataframe(
        headers=[" "],  # until it is filled; Gradio would number them
        label="Side by side",
        interactive=False,
        elem_id="tok-figures",
        buttons=[],
        wrap=True,
    )
    export.buttons("tokenizers", table=figures)
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="split-target", min_height=60)
    others = gr.HTML(elem_id="split-others")
    gr.HTML(text("legend.html"), padding=False)
    rows = gr.Dataframe(
        headers=[" "],
        label="Word by word",
        interactive=False,
        max_height=300,
        elem_id="tok-rows",
        buttons=[],
        wrap=True,
    )
    export.buttons("words", table=rows)
    return Components(note, figures, left, right, others, rows)
