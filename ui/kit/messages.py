"""What the page says of an error: settings by the labels of their fields."""

from __future__ import annotations

import html

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.search.field_labels import field_label


def told(error: UserError) -> str:
    """Problem and remedy in the page's words."""
    return error.told(lambda name: f"'{field_label(name)}'")


def notice(sentence: str) -> None:
    """Show a sentence in a corner of the page; Gradio would read it as HTML, and it may quote files and links."""
    gr.Warning(html.escape(sentence, quote=False))
