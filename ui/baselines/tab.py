"""The Baselines tab: pictures under every arm with one budget; at first a recorded comparison."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.analysis.arms import UNITS
from fuse_core.analysis.comparison_run import PRESET
from fuse_core.library import Library
from fuse_core.search.default_preset import offline_preset
from ui.baselines import figures, results
from ui.baselines.handlers import JOB, BaselineHandlers, Components
from ui.kit import budget_settings, export, picture_choice, seeds
from ui.kit.copy_link import CopyLink
from ui.kit.examples import EXAMPLES
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.link_values import Setting
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE

ALL = ("all", "")
READ_ONLY: dict[str, Any] = {"interactive": False, "wrap": True, "buttons": []}


def build(part: Part, library: Library, runner: JobRunner, preset: str) -> dict[str, Setting]:
    """Lay the tab out and wire it; returns the settings that links carry."""
    link = CopyLink("baselines")
    gr.Markdown(text("baselines.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            pictures = picture_choice.build("base", [EXAMPLES[0].stem])
            # Where the page starts from offline models, with those that the recorded comparison has.
            start = PRESET if preset == offline_preset(None) else preset
            budget = budget_settings.build(start, "base", ("method", "budget"))
            with gr.Row():
                choices = [ALL, *((told, unit) for unit, told in UNITS.items())]
                unit = gr.Dropdown(choices, value="", label="Arms that append", elem_id="base-unit", min_width=140)
                seed = seeds.build("base")
            with gr.Row(elem_classes="fx-buttons"):
                compare = gr.Button("Compare", variant="primary", elem_id="base-run", min_width=120)
                cancel = gr.Button("Cancel", elem_id="base-cancel", min_width=80)
        with gr.Column(scale=5, min_width=340), export.collected() as exports:
            components = _results()
    exports.wire(*export.of_state(components.about, "There is no comparison to save yet.", "Press Compare first."))
    handlers = BaselineHandlers(components, library, runner, budget.read)
    outputs = [*vars(components).values()]
    part.arrives(handlers.recorded, None, outputs, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "baselines", "trigger_mode": "once"}
    compare.click(handlers.compare, [*pictures.inputs, unit, seed, *budget.inputs], outputs, **work)
    cancel.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    settings = {"base-ours": pictures.ours, "base-unit": unit, "base-seeds": seed, **budget.settings("base")}
    link.wire(settings, {"your pictures": pictures.files})
    return settings


def _results() -> Components:
    made: dict[str, Any] = {"status": gr.HTML(elem_id="base-status", padding=False)}
    made["source"] = gr.Markdown(elem_id="base-source", elem_classes="fx-intro")
    with gr.Column(visible=False) as made["steps"]:
        made["curves"] = plot("Objective of every arm by step", "base-curves", value=figures.curves(None))
        export.buttons("baselines-curves", plot=made["curves"])
    made["spread"] = plot("Objective of every arm, picture by picture", "base-spread", value=figures.spread(None))
    export.buttons("baselines-spread", plot=made["spread"])
    for name, label, empty in (
        ("means", "Means over the pictures", results.mean_table(None)),
        ("differences", "Paired differences", results.difference_table(None)),
    ):
        made[name] = gr.Dataframe(empty, label=label, elem_id=f"base-{name}", **READ_ONLY)
        export.buttons(f"baselines-{name}", table=made[name])
    made["says"] = gr.Markdown(elem_classes="fx-intro", elem_id="base-says")
    made["rows"] = gr.Dataframe(label="Every run", max_height=420, elem_id="base-table", **READ_ONLY)
    export.buttons("baselines", table=made["rows"])
    return Components(**made, about=gr.State(None))
