"""The Batch tab: captions for several pictures, results as they come."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.library import Library
from ui.batch.handlers import JOB, BatchHandlers, Components
from ui.batch.results import table
from ui.kit import budget_settings
from ui.kit.copy_link import CopyLink
from ui.kit.jobs import JobRunner
from ui.kit.link_values import Setting
from ui.kit.texts import text
from ui.kit.uploads import FilesInput
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE


def build(library: Library, runner: JobRunner, folders: VisitFolders, preset: str) -> dict[str, Setting]:
    """Lay the tab out and wire it; returns the settings that links carry."""
    link = CopyLink("batch")
    gr.Markdown(text("batch.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            files = FilesInput(label="Pictures", file_count="multiple", elem_id="batch-files", height=200)
            budget = budget_settings.build(preset, "batch")
            with gr.Row(elem_classes="fx-buttons"):
                run = gr.Button("Run", variant="primary", elem_id="batch-run", min_width=100)
                stop = gr.Button("Stop", elem_id="batch-stop", min_width=80)
        with gr.Column(scale=5, min_width=340):
            components = _results()
    handlers = BatchHandlers(components, library, runner, folders, budget.read)
    outputs = [components.status, components.rows, components.csv, components.lines]
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "batch", "trigger_mode": "once"}
    run.click(handlers.run, [files, *budget.inputs], outputs, **work)
    stop.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    settings = budget.settings("batch")
    link.wire(settings, {"your pictures": files})
    return settings


def _results() -> Components:
    status = gr.HTML(elem_id="batch-status", padding=False)
    rows = gr.Dataframe(
        table([]),
        label="Captions",
        interactive=False,
        wrap=True,
        column_widths=["140px", "45%", "110px", "25%"],
        max_height=520,
        elem_id="batch-table",
        buttons=[],
    )
    with gr.Row(elem_classes="fx-buttons fx-export"):
        csv = gr.DownloadButton("CSV", size="sm", elem_id="batch-csv", interactive=False, min_width=60)
        lines = gr.DownloadButton("JSONL", size="sm", elem_id="batch-jsonl", interactive=False, min_width=60)
    return Components(status, rows, csv, lines)
