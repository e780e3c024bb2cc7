"""The Evidence tab: experiments on what the paper leaves open, from recorded results."""

from __future__ import annotations

import gradio as gr

from fuse_core.analysis.experiments.experiment import EXPERIMENTS
from ui.evidence.handlers import Components, EvidenceHandlers, Place
from ui.kit import export
from ui.kit.copy_link import CopyLink
from ui.kit.late import Part
from ui.kit.link_values import Setting
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.uploads import FilesInput
from ui.kit.wiring import PRIVATE

PLACES = max(len(experiment.figures) for experiment in EXPERIMENTS.values())


def build(part: Part) -> dict[str, Setting]:
    """Lay the tab out and wire it; returns the settings that links carry."""
    link = CopyLink("evidence")
    gr.Markdown(text("evidence.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            choices = [(experiment.title, name) for name, experiment in EXPERIMENTS.items()]
            experiment = gr.Dropdown(choices, value=choices[0][1], label="Experiment", elem_id="evidence-experiment")
        with gr.Column(scale=1, min_width=300):
            file = FilesInput(
                label="A result of yours (JSON)", file_types=[".json"], height=170, elem_id="evidence-file"
            )
    with export.collected() as exports:
        components = _results(file)
    exports.wire(*export.of_state(components.about, "There is nothing to save yet.", "Choose an experiment first."))
    handlers = EvidenceHandlers(components)
    part.arrives(handlers.recorded, experiment, components.outputs, **PRIVATE)
    experiment.change(handlers.recorded, experiment, components.outputs, **PRIVATE)
    file.upload(handlers.opened, file, components.outputs, **PRIVATE)
    file.clear(handlers.recorded, experiment, components.outputs, **PRIVATE)
    settings: dict[str, Setting] = {"evidence-experiment": experiment}
    link.wire(settings, {"your result": file})
    return settings


def _results(file: gr.File) -> Components:
    status = gr.HTML(elem_id="evidence-status", padding=False)
    asked = gr.Markdown(elem_id="evidence-asked", elem_classes="fx-intro")
    made = gr.Markdown(elem_id="evidence-made", elem_classes="fx-intro")
    places = []
    for k in range(0, PLACES, 2):
        with gr.Row():
            places += [_place(number) for number in range(k + 1, min(k + 2, PLACES) + 1)]
    rows = gr.Dataframe(
        label="Every row", interactive=False, wrap=True, max_height=640, buttons=[], elem_id="evidence-table"
    )
    export.buttons("evidence", table=rows)
    return Components(status, asked, made, tuple(places), rows, gr.State(None), file)


def _place(number: int) -> Place:
    with gr.Column(min_width=340) as column:
        heading = gr.Markdown()
        figure = plot(f"Figure {number} of the experiment", f"evidence-figure-{number}")
        export.buttons(f"evidence-{number}", plot=figure)
    return Place(column, heading, figure)
