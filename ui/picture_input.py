"""An image field that hands over the uploaded file as it is, so that our own reader judges it."""

from __future__ import annotations

from typing import Any

import gradio as gr


class PictureInput(gr.Image):
    """``gr.Image`` whose handlers get the uploaded file's path, unopened.

    Gradio would open the file before any handler of ours runs, and answer a damaged one with a bare "Error".
    """

    is_template = True  # shown by gr.Image's own front end

    def preprocess(self, payload: Any) -> str | None:
        return payload.path if payload is not None else None
