"""Pieces that the Adapter view is laid out with."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pandas as pd

from ui.kit.texts import text
from ui.kit.wiring import LATEX


def all_of(components: Any) -> list:
    """The components that a group of handlers may fill."""
    return [*vars(components).values()]


def prose(name: str) -> gr.Markdown:
    """A text of the assets."""
    return gr.Markdown(text(name), elem_classes="fx-intro", latex_delimiters=LATEX)


def table_of(label: str, **more) -> gr.Dataframe:
    """A table to be read; until it is filled, it is empty."""
    return gr.Dataframe(pd.DataFrame(columns=[" "]), label=label, interactive=False, buttons=[], **more)
