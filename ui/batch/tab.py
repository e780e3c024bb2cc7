"""The Batch tab: captions for several pictures, results as they come; at first a recorded batch."""

from __future__ import annotations

from typing import Any, Protocol

import gradio as gr
from gradio.events import Dependency

from fuse_core.library import Library
from ui.batch.handlers import JOB, BatchHandlers, Components
from ui.kit import budget_settings, picture_choice, seeds
from ui.kit.copy_link import CopyLink
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.link_values import Setting
from ui.kit.texts import text
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE

# A button of a row tells which: as "select" where a run is kept, as "edit" where there is a picture alone.
PRESSED = """element.addEventListener("click", (event) => {
  const button = event.target.closest(".fx-open");
  if (button) trigger(button.dataset.opens === "run" ? "select" : "edit", { index: Number(button.dataset.row) });
});"""


class Door(Protocol):
    """Where runs and pictures of rows are opened."""

    def open_run(self, asked: Dependency, path: gr.State) -> None: ...

    def open_picture(self, asked: Dependency, path: gr.State, config: gr.State) -> None: ...


def build(
    part: Part, library: Library, runner: JobRunner, folders: VisitFolders, preset: str, door: Door
) -> dict[str, Setting]:
    """Lay the tab out and wire it; returns the settings that links carry."""
    link = CopyLink("batch")
    gr.Markdown(text("batch.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            pictures = picture_choice.build("batch", ["images"])
            budget = budget_settings.build(preset, "batch")
            seed = seeds.build("batch")
            with gr.Row(elem_classes="fx-buttons"):
                run = gr.Button("Run", variant="primary", elem_id="batch-run", min_width=100)
                stop = gr.Button("Stop", elem_id="batch-stop", min_width=80)
        with gr.Column(scale=5, min_width=340):
            components = _results()
    handlers = BatchHandlers(components, library, runner, folders, budget.read)
    outputs = [*vars(components).values()]
    part.arrives(handlers.recorded, None, outputs, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "batch", "trigger_mode": "once"}
    run.click(handlers.run, [*pictures.inputs, seed, *budget.inputs], outputs, **work)
    stop.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    _wire_rows(components, handlers, door)
    settings = {"batch-ours": pictures.ours, "batch-seeds": seed, **budget.settings("batch")}
    link.wire(settings, {"your pictures": pictures.files})
    return settings


def _wire_rows(components: Components, handlers: BatchHandlers, door: Door) -> None:
    path, config = gr.State(None), gr.State(None)
    door.open_run(components.rows.select(handlers.run_of, components.held, path, **PRIVATE), path)
    door.open_picture(
        components.rows.edit(handlers.picture_of, components.held, [path, config], **PRIVATE), path, config
    )


def _results() -> Components:
    status = gr.HTML(elem_id="batch-status", padding=False)
    source = gr.Markdown(elem_id="batch-source", elem_classes="fx-intro")
    rows = gr.HTML(elem_id="batch-table", padding=False, js_on_load=PRESSED)
    with gr.Row(elem_classes="fx-buttons fx-export"):
        csv = gr.DownloadButton("CSV", size="sm", elem_id="batch-csv", interactive=False, min_width=60)
        lines = gr.DownloadButton("JSONL", size="sm", elem_id="batch-jsonl", interactive=False, min_width=60)
    return Components(status, source, rows, csv, lines, gr.State([]))
