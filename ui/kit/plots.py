"""Figures as components: each has a name, which screen readers say and the page does not show."""

from __future__ import annotations

from typing import Any

import gradio as gr


def plot(name: str, elem_id: str | None = None, **more: Any) -> gr.Plot:
    """A place for a figure of that name; ``more`` is Gradio's."""
    return gr.Plot(label=name, show_label=False, elem_id=elem_id, **more)
