"""The page: a header and one tab a view."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from ui import optimise, tokenizers
from ui.texts import text

DEFAULT_PRESET = "offline-caption"

LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def build(library: Library) -> gr.Blocks:
    """The app's blocks, wired to one library of models."""
    with gr.Blocks(title="FUSE Explorer", analytics_enabled=False, fill_width=True) as app:
        gr.HTML(text("header.html"), elem_id="header", padding=False)
        with gr.Tab("Optimise", id="optimise"):
            optimise.build(app, library, DEFAULT_PRESET)
        with gr.Tab("Tokenizers", id="tokenizers"):
            tokenizers.build(app, library)
        with gr.Tab("How it works", id="how"):
            gr.Markdown(text("how.md"), latex_delimiters=LATEX, elem_classes="prose-narrow")
    return app
