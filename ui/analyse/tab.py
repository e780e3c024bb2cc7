"""The Analyse tab: four views of one pair of models."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from fuse_core.library import Library
from ui.analyse import pair as pairs
from ui.analyse.adapter import view as adapter_view
from ui.analyse.fidelity import view as fidelity_view
from ui.analyse.synthetic import view as synthetic
from ui.analyse.tokenizers import view as tokenizers
from ui.kit.jobs import Jobs
from ui.kit.links import Setting
from ui.kit.texts import text


@dataclass(frozen=True)
class Analyse:
    """What the page needs of the tab: its views by name, and the settings that links carry."""

    tabs: dict[str, gr.Tab]
    settings: dict[str, Setting]


def build(library: Library, jobs: Jobs) -> Analyse:
    """Lay the pair and the views out. Each view returns its own linkable settings by name."""
    gr.Markdown(text("analyse.md"), elem_classes="fx-intro")
    pair = pairs.build()
    settings: dict[str, Setting] = {"source": pair.source, "target": pair.target}
    tabs = {}
    with gr.Tabs(elem_id="analyse-views", overflow_behavior="wrap"):
        for name, title, build_view in (
            ("tokenizers", "Tokenizers", tokenizers.build),
            ("adapter", "Adapter", adapter_view.build),
            ("fidelity", "Fidelity", fidelity_view.build),
            ("synthetic", "Synthetic truth", synthetic.build),
        ):
            with gr.Tab(title, id=name, elem_id=f"view-{name}") as tabs[name]:
                settings |= build_view(tabs[name], library, pair, jobs)
    return Analyse(tabs, settings)
