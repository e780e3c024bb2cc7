"""The pair of models that all views of the Analyse tab share."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from fuse_core.models import catalog
from fuse_core.models.entry import Entry


@dataclass(frozen=True)
class Pair:
    """Two dropdowns of catalog keys: the source, whose words are written, and the target, whose gradient is carried."""

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
        source = gr.Dropdown(known, value="smollm2", label="Source model (i)", elem_id="pair-source", min_width=300)
        target = gr.Dropdown(known, value="minilm", label="Target model (j)", elem_id="pair-target", min_width=300)
    return Pair(source, target)


def label(entry: Entry) -> str:
    """A model in a menu; one that is not here is marked."""
    if entry.present:
        return f"{entry.title} ({entry.family})"
    return f"{entry.title} ({entry.family}) · {'from a hub' if entry.hub else 'not installed'}"
