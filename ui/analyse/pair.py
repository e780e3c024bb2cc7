"""The pair of models that all views of the Analyse tab share."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from fuse_core.models import catalog
from ui.kit.model_menu import label
from ui.kit.texts import ANY_MODEL


@dataclass(frozen=True)
class Pair:
    """Two dropdowns of models: the source, whose words are written, and the target, whose gradient is carried.

    What is typed into one may name any other, by a folder or by its place on a hub.
    """

    source: gr.Dropdown
    target: gr.Dropdown

    @property
    def inputs(self) -> list[gr.Dropdown]:
        """What a handler takes for the pair: source key, target key."""
        return [self.source, self.target]


def build() -> Pair:
    """Lay the two dropdowns out."""
    known = [(label(e), e.key) for e in catalog.entries()]
    with gr.Row():
        source = _menu(known, "smollm2", "Source model (i)", "pair-source")
        target = _menu(known, "minilm", "Target model (j)", "pair-target")
    return Pair(source, target)


def _menu(known: list[tuple[str, str]], value: str, title: str, elem_id: str) -> gr.Dropdown:
    return gr.Dropdown(
        known, value=value, label=title, info=ANY_MODEL, elem_id=elem_id, min_width=300, allow_custom_value=True
    )
