"""How handlers are attached."""

from __future__ import annotations

from typing import Any

import gradio as gr

# Handlers belong to the page: no public API of their own, and progress is shown in our own words.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def pressing(button: str) -> str:
    """Script, which takes the value of a hidden download button, that presses it once the browser has its file.

    Where an event gave it none, nothing happens.
    """
    return f"(file) => {{ if (file) setTimeout(() => document.querySelector('#{button}').click(), 300); }}"


def first_opened(tab: gr.Tab) -> gr.State:
    """A state that changes when a visitor first opens the tab.

    Nothing is computed for visitors who never do, and nothing again for those who come back to it.
    """
    opened = gr.State(False)
    tab.select(lambda: True, None, opened, **PRIVATE)
    return opened
