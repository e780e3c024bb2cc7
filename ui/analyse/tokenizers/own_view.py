"""Tokenizers beside the pair, and the visitor's own."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from fuse_core.models.tokenizer_files.named import ENDINGS
from ui.analyse.tokenizers.own_handlers import BESIDE, Components, OwnHandlers
from ui.analyse.tokenizers.shelf import Shelf
from ui.kit.jobs import JobRunner
from ui.kit.texts import text
from ui.kit.uploads import FileButton
from ui.kit.wiring import PRIVATE


def build(library: Library, menus: list[gr.Dropdown], runner: JobRunner) -> Components:
    """Lay the controls out and wire them; ``menus`` are those of the bucket table, which offer them, too."""
    with gr.Row(equal_height=False):
        others = gr.Dropdown(
            Shelf(library).choices(),
            value=[],
            multiselect=True,
            max_choices=BESIDE,
            label=f"Beside the pair: up to {BESIDE} more tokenizers",
            elem_id="tok-others",
            min_width=320,
            scale=2,
        )
        with gr.Column(min_width=260):
            file = FileButton("Add a tokenizer of yours", file_types=[*ENDINGS], size="md", elem_id="own-file")
            name = gr.Textbox(
                label="Or one of a hub",
                placeholder="OWNER/NAME, then Enter",
                max_lines=1,
                elem_id="own-name",
            )
    gr.Markdown(text("own-tokenizer.md"), elem_classes="fx-intro")
    components = Components(gr.HTML(padding=False, elem_id="own-note"), gr.State(()), others, *menus)
    handlers, outputs = OwnHandlers(components, library, runner), [*vars(components).values()]
    given = [components.own, others]
    file.upload(handlers.upload, [file, *given], outputs, **PRIVATE)
    name.submit(handlers.fetch, [name, *given], outputs, **PRIVATE)
    return components
