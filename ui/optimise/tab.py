"""The Optimise tab: a picture, runs to step, pause, undo, branch, edit, replay, save and load, every step on view."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.library import Library
from ui.kit.jobs import Jobs
from ui.kit.wiring import PRIVATE
from ui.optimise import layout as optimise_layout
from ui.optimise.file_handlers import FileHandlers
from ui.optimise.lab_handlers import LabHandlers
from ui.optimise.layout import Parts
from ui.optimise.run_handlers import RunHandlers

WORK: dict[str, Any] = {**PRIVATE, "concurrency_id": "optimise", "trigger_mode": "once"}
CAPTION = "() => document.querySelector('#caption')?.dataset.caption ?? ''"
DOWNLOAD = "() => setTimeout(() => document.querySelector('#save-file').click(), 300)"


def build(app: gr.Blocks, library: Library, default_preset: str) -> None:
    """Lay the tab out and wire it."""
    parts = optimise_layout.build(default_preset)
    _wire_run(parts, RunHandlers(library))
    # Jobs of its own: Cancel here is to leave a fit elsewhere on the page alone.
    jobs = Jobs()
    _wire_lab(parts, LabHandlers(library, jobs), jobs)
    _wire_files(app, parts, FileHandlers(library))
    app.unload(jobs.cancel)


def _wire_run(parts: Parts, handlers: RunHandlers) -> None:
    views, controls, visit = list(parts.view), parts.controls, parts.view.visit
    picture = parts.view.picture
    picture.upload(handlers.choose_picture, [picture, visit], views, **PRIVATE)
    picture.clear(handlers.reset, visit, views, **PRIVATE)
    controls["examples"].select(handlers.choose_example, visit, views, **PRIVATE)
    controls["step"].click(handlers.step, parts.inputs, views, **WORK)
    controls["run"].click(handlers.run, parts.inputs, views, **WORK)
    controls["pause"].click(handlers.pause, visit, parts.view.status, queue=False, **PRIVATE)
    controls["back"].click(handlers.back, visit, views, **WORK)
    controls["reset"].click(handlers.reset, visit, views, **PRIVATE)


def _wire_lab(parts: Parts, handlers: LabHandlers, jobs: Jobs) -> None:
    view, controls, visit = parts.view, parts.controls, parts.view.visit
    views = list(view)
    view.timeline.input(handlers.look, [view.timeline, visit], views, **{**PRIVATE, "trigger_mode": "always_last"})
    view.latest.click(handlers.latest, visit, views, **PRIVATE)
    for box in (controls["curve-click"], controls["tree-click"]):
        box.input(handlers.click, [box, visit], views, **PRIVATE)
    view.branch.click(handlers.branch, visit, views, **WORK)
    view.switch.input(handlers.switch, [view.switch, visit], views, **PRIVATE)
    prompt = controls["prompt"]
    controls["take"].click(None, None, prompt, js=CAPTION)
    gr.on(
        [controls["edit"].click, prompt.submit],
        handlers.edit,
        [prompt, *parts.inputs],
        [*views, prompt],
        **WORK,
    )
    cancel = controls["cancel"]
    controls["replay"].click(handlers.replay, visit, [view.status, controls["replayed"], cancel], **WORK)
    cancel.click(jobs.cancel, None, None, queue=False, **PRIVATE)


def _wire_files(app: gr.Blocks, parts: Parts, handlers: FileHandlers) -> None:
    view, controls, visit = parts.view, parts.controls, parts.view.visit
    loaded = [*view, *parts.panel.outputs]
    app.load(handlers.restore, [view.kept, visit], loaded, **PRIVATE)
    controls["load"].upload(handlers.load, [controls["load"], visit], loaded, **WORK)
    for name, handler in (("save", handlers.save), ("trace", handlers.trace)):
        offered = controls[name].click(handler, visit, [view.status, controls["file"]], **PRIVATE)
        offered.success(None, None, None, js=DOWNLOAD)
