"""The Evaluate tab: captions of a set of pictures against those that people wrote."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.analysis.captions.baselines.baseline import BASELINES
from fuse_core.library import Library
from ui.evaluate import results
from ui.evaluate.handlers import JOB, SEARCH, Components, EvaluateHandlers
from ui.kit import budget_settings, export
from ui.kit.copy_link import CopyLink
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.link_values import Setting
from ui.kit.texts import text
from ui.kit.uploads import FilesInput
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE


def build(part: Part, library: Library, runner: JobRunner, folders: VisitFolders, preset: str) -> dict[str, Setting]:
    """Lay the tab out and wire it; returns the settings that links carry."""
    link = CopyLink("evaluate")
    gr.Markdown(text("evaluate.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            captions = FilesInput(
                label="Captions (COCO JSON)",
                file_types=[".json"],
                height=170,
                elem_id="evaluate-captions",
            )
            files = FilesInput(label="Their pictures", file_count="multiple", height=170, elem_id="evaluate-files")
            told = "; ".join(f"{name}: {baseline.help}" for name, baseline in BASELINES.items())
            way = gr.Dropdown(
                [SEARCH, *BASELINES], value=SEARCH, label="Captions by", info=f"{told}.", elem_id="evaluate-way"
            )
            budget = budget_settings.build(preset, "evaluate")
            others = FilesInput(
                label="Compare with (JSONL)",
                file_count="multiple",
                file_types=[".jsonl"],
                height=170,
                elem_id="evaluate-others",
            )
            with gr.Row(elem_classes="fx-buttons"):
                run = gr.Button("Evaluate", variant="primary", elem_id="evaluate-run", min_width=120)
                stop = gr.Button("Stop", elem_id="evaluate-stop", min_width=80)
        with gr.Column(scale=5, min_width=340), export.collected() as exports:
            components = _results()
    exports.wire(*export.of_state(components.about, "There is nothing to save yet.", "Press Evaluate first."))
    handlers = EvaluateHandlers(components, library, runner, folders, budget.read)
    outputs = [components.status, components.rows, components.gallery, components.about]
    part.arrives(handlers.recorded, None, outputs, **PRIVATE)
    outputs += [components.csv, components.lines]
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "evaluate", "trigger_mode": "once"}
    run.click(handlers.run, [captions, files, way, others, *budget.inputs], outputs, **work)
    stop.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    settings = {"evaluate-way": way, **budget.settings("evaluate")}
    link.wire(settings, {"your captions": captions, "your pictures": files, "the files to compare with": others})
    return settings


def _results() -> Components:
    status = gr.HTML(elem_id="evaluate-status", padding=False)
    rows = gr.Dataframe(
        results.table(None), label="Measures", interactive=False, elem_id="evaluate-measures", buttons=[]
    )
    export.buttons("evaluate-measures", table=rows)
    with gr.Accordion("What the measures say", open=False):
        gr.Markdown(results.hints(), elem_classes="fx-note")
    gallery = gr.HTML(elem_id="evaluate-gallery", padding=False)
    with gr.Row(elem_classes="fx-buttons fx-export"):
        csv = gr.DownloadButton("CSV", size="sm", elem_id="evaluate-csv", interactive=False, min_width=60)
        lines = gr.DownloadButton("JSONL", size="sm", elem_id="evaluate-jsonl", interactive=False, min_width=60)
    return Components(status, rows, gallery, csv, lines, gr.State(None))
