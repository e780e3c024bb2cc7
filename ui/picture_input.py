"""An image field that hands over the uploaded file as it is, so that our own reader judges it."""

from __future__ import annotations

import gradio as gr


class PictureInput(gr.Image):
    """``gr.Image`` whose value is the uploaded file's path, unopened: a damaged file gets our sentence, not a traceback."""

    is_template = True

    def preprocess(self, payload) -> str | None:
        return payload.path if payload is not None else None
