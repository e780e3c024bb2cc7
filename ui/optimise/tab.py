"""The Optimise tab: a picture, runs to step, pause, undo, branch, edit, replay, save and load, every step on view."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.library import Library
from ui.kit import export
from ui.kit.first_values import begin_with
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE, pressing
from ui.optimise import layout, made_picture, replay_handlers, word_diff
from ui.optimise.about import about
from ui.optimise.changed_settings import pending
from ui.optimise.components import Components
from ui.optimise.door import Door
from ui.optimise.file_handlers import FileHandlers
from ui.optimise.history_handlers import HistoryHandlers
from ui.optimise.link_handlers import OPENED, LinkHandlers
from ui.optimise.made_picture import MadePictureHandlers
from ui.optimise.replay_handlers import ReplayHandlers
from ui.optimise.run_handlers import RunHandlers
from ui.optimise.view import VisitView

WORK: dict[str, Any] = {**PRIVATE, "concurrency_id": "optimise", "trigger_mode": "once"}
PRESSED = "(...values) => Object.assign(values, {{{}: Date.now()}})"  # puts in when the button was pressed
CAPTION = "() => document.querySelector('#caption')?.dataset.caption ?? ''"


def build(app: gr.Blocks, library: Library, runner: JobRunner, folders: VisitFolders, preset: str, why: str) -> Door:
    """Lay the tab out and wire it; ``why`` the settings start from the preset is told.

    Returns what other tabs open their runs by.
    """
    with export.collected() as exports:
        components = layout.build(preset, why)
    begin_with(app, VisitView(components.shown).at_first)
    exports.wire([components.shown.visit], about)
    shared = components, library, runner, folders
    shown, target = components.shown, components.panel.fields["target"]
    components.seen.wire(shown.visit, shown.picture, target, library, runner)
    _wire_run(components, RunHandlers(*shared))
    history = HistoryHandlers(*shared)
    _wire_history(components, history)
    rest = [*history.view.following, shown.status]
    app.load(history.show_rest, shown.visit, rest, js="async (visit) => [await fxRest(visit)]", **PRIVATE)
    replay, make, now = ReplayHandlers(*shared).replay, MadePictureHandlers(*shared).make, components.controls
    _wire_job(components, runner, replay_handlers.JOB, now.replay, replay, now.replayed, now.cancel_replay)
    _wire_job(components, runner, made_picture.JOB, now.make_picture, make, now.made, now.cancel_picture)
    restored = _wire_files(app, components, FileHandlers(*shared))
    _wire_link(restored, components, LinkHandlers(*shared))
    return Door(components, FileHandlers(*shared), RunHandlers(*shared))


def _wire_run(components: Components, handlers: RunHandlers) -> None:
    shown, controls, inputs = components.shown, components.controls, components.run_inputs
    visit, outputs, turn = shown.visit, list(shown), components.turn_outputs
    shown.picture.upload(handlers.choose_picture, [shown.picture, visit], outputs, **PRIVATE)
    shown.picture.clear(handlers.remove_picture, visit, outputs, **PRIVATE)
    controls.examples.select(handlers.choose_example, visit, outputs, **PRIVATE)
    controls.more_files.change(handlers.choose_more, [controls.more_files, visit], outputs, **PRIVATE)
    fields = [field.input for field in components.panel.fields.values()]  # type: ignore[attr-defined]
    gr.on(fields, pending, inputs, shown.pending, trigger_mode="always_last", **PRIVATE)
    pressed, js = components.press_inputs, PRESSED.format(2)
    controls.step.click(handlers.step, pressed, turn, js=js, **WORK)
    # Pressed again after Pause, it runs on.
    controls.run.click(handlers.run, pressed, turn, js=js, **{**WORK, "trigger_mode": "multiple"})
    at_once: dict[str, Any] = {**PRIVATE, "concurrency_id": "pause", "concurrency_limit": None}  # it waits for nobody
    controls.pause.click(handlers.pause, [visit, controls.pressed], shown.status, js=PRESSED.format(1), **at_once)
    controls.back.click(handlers.back, visit, turn, **WORK)
    controls.reset.click(handlers.reset, visit, turn, **WORK)
    shown.undo.click(handlers.undo, visit, turn, **WORK)


def _wire_history(components: Components, handlers: HistoryHandlers) -> None:
    shown, controls = components.shown, components.controls
    visit, outputs = shown.visit, list(shown)
    last: dict[str, Any] = {**PRIVATE, "trigger_mode": "always_last"}
    shown.timeline.input(handlers.show_step, [shown.timeline, visit], outputs, **last)
    shown.latest.click(handlers.show_latest, visit, outputs, **PRIVATE)
    for box in (controls.curve_click, controls.tree_click):
        box.input(handlers.show_clicked, [box, visit], outputs, **PRIVATE)
    shown.branch.click(handlers.branch, visit, components.turn_outputs, **WORK)
    shown.switch.input(handlers.switch, [shown.switch, visit], components.turn_outputs, **WORK)
    compared = [shown.diff_first, shown.diff_second]
    for chosen in compared:
        chosen.input(word_diff.word_diff, compared, shown.diff, **PRIVATE)
    prompt = controls.prompt
    controls.copy_caption.click(None, None, prompt, js=CAPTION)
    gr.on(
        [controls.use_prompt.click, prompt.submit],
        handlers.use_prompt,
        [prompt, *components.run_inputs],
        components.turn_outputs,
        **WORK,
    )


def _wire_job(
    components: Components, runner: JobRunner, job: str, start: gr.Button, handler: Any, shown: Any, cancel: gr.Button
) -> None:
    """A button that starts a job, which fills ``shown``, and the one that ends it, hidden when there is none."""
    status, visit = components.shown.status, components.shown.visit
    done = start.click(handler, visit, [status, shown, cancel], **WORK)
    done.then(lambda: gr.Button(visible=False), None, cancel, **PRIVATE)
    cancel.click(runner.cancel(job), None, None, queue=False, **PRIVATE)


def _wire_link(restored: Any, components: Components, handlers: LinkHandlers) -> None:
    """The link to a run, and the one that the page was opened by, after what the browser kept."""
    components.controls.link.wire_to(components.run_inputs, handlers.link)
    told = [gr.Textbox(visible=False), gr.Textbox(visible=False), components.shown.visit]
    opened = restored.then(handlers.open, told, components.turn_outputs, js=OPENED, **WORK)
    opened.then(None, None, None, js="() => { window.fxReady = true; }")  # for those that look at the page by program


def _wire_files(app: gr.Blocks, components: Components, handlers: FileHandlers) -> Any:
    """Returns the event that has put back what the browser kept."""
    shown, controls, visit = components.shown, components.controls, components.shown.visit
    outputs = [*shown, *components.panel.outputs]
    kept, read = controls.kept, "async (kept, ...others) => [await {}(), ...others]"
    restored = app.load(
        handlers.restore, [kept, shown.earlier, visit], outputs, js=read.format("fxKept.tab"), **PRIVATE
    )
    controls.open_kept.click(handlers.open_kept, [kept, visit], outputs, js=read.format("fxKept.chosen"), **WORK)
    controls.keep_again.click(handlers.keep_again, visit, shown.stored, **PRIVATE)
    shown.stored.change(None, shown.stored, None, js="(message) => fxKept.keep(message)")
    controls.load_second.upload(handlers.load_second, [controls.load_second, visit], list(shown), **WORK)
    controls.load.upload(handlers.load, [controls.load, visit], outputs, **WORK)
    offers = {"save": handlers.save, "export": handlers.export, "export_page": handlers.export_page}
    for button, handler in ((getattr(controls, name), handler) for name, handler in offers.items()):
        offered = button.click(handler, visit, [shown.status, controls.file], **PRIVATE)
        offered.success(None, controls.file, None, js=pressing("save-file"))
    return restored
