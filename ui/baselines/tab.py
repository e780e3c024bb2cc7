"""The Baselines tab: one picture and budget under every arm, and a recorded comparison over many pictures."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pandas as pd

from fuse_core.analysis.comparison_record import differences, means, read_record
from fuse_core.library import Library
from ui.baselines import results
from ui.baselines.handlers import JOB, BaselineHandlers, Components
from ui.kit import budget_settings, export
from ui.kit.about import About
from ui.kit.examples import ASSETS, EXAMPLES, example
from ui.kit.jobs import JobRunner
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.uploads import PictureInput
from ui.kit.wiring import PRIVATE


def build(library: Library, runner: JobRunner, preset: str) -> None:
    """Lay the tab out and wire it."""
    gr.Markdown(text("baselines.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            picture = PictureInput(
                str(EXAMPLES[0]),
                label="Picture",
                type="pil",
                format="png",
                sources=["upload", "clipboard"],
                height=230,
                elem_id="base-picture",
                buttons=[],
            )
            chosen = gr.Dropdown([path.stem for path in EXAMPLES], value=EXAMPLES[0].stem, label="Example picture")
            budget = budget_settings.build(preset, "base")
            with gr.Row(elem_classes="fx-buttons"):
                compare = gr.Button("Compare", variant="primary", elem_id="base-run", min_width=120)
                cancel = gr.Button("Cancel", elem_id="base-cancel", min_width=80)
        with gr.Column(scale=5, min_width=340), export.collected() as exports:
            components = _results()
    exports.wire(*export.of_state(components.about, "There is no comparison to save yet.", "Press Compare first."))
    _recorded()
    handlers = BaselineHandlers(components, library, runner)
    chosen.change(example, chosen, picture, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "baselines", "trigger_mode": "once"}
    outputs = [components.status, components.figure, components.rows, components.about]
    compare.click(handlers.compare, [picture, *budget.inputs], outputs, **work)
    cancel.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)


def _recorded() -> None:
    """What `compare` came to over pictures that no setting was chosen by."""
    recorded = read_record(ASSETS / "recorded" / "compare.json")
    about = text("baselines-recorded.md").format(**recorded)
    gr.Markdown(about, elem_classes="fx-intro", elem_id="base-recorded")
    with export.collected() as exports:
        for name, label, rows in (
            ("means", "Means over the pictures", means(recorded)),
            ("differences", "Paired differences", differences(recorded)),
        ):
            table = gr.Dataframe(pd.DataFrame(rows), label=label, interactive=False, elem_id=f"base-{name}", buttons=[])
            export.buttons(f"baselines-{name}", table=table)
    told = {"recorded": recorded["created"], "pictures": recorded["pictures"], **recorded["config"]}
    exports.wire([], lambda: About(told, ["recorded"]))
    gr.Markdown(results.says(recorded), elem_classes="fx-intro", elem_id="base-says")


def _results() -> Components:
    status = gr.HTML(elem_id="base-status", padding=False)
    figure = plot("Objective of every arm by step", "base-curves", value=results.curves([]))
    export.buttons("baselines-curves", plot=figure)
    rows = gr.Dataframe(
        results.table([]), label="The same budget, best first", interactive=False, elem_id="base-table", buttons=[]
    )
    export.buttons("baselines", table=rows)
    return Components(status, figure, rows, gr.State(None))
