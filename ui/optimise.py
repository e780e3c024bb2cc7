"""The Optimise tab: a picture, a run to step, pause, undo, save and load, and a view of every step."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from fuse_core.errors import UserError
from fuse_core.library import Library
from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.session import Session
from fuse_core.pictures import open_picture
from ui import figures, fragments, settings, tables
from ui.background import in_background
from ui.desk import EXAMPLES, Desk, recorded_picture, recorded_run
from ui.guard import guarded
from ui.picture_input import PictureInput
from ui.texts import text
from ui.wiring import PRIVATE

VIEW = 8  # outputs of every handler: status, desk, picture, caption, facts, curve, beams, candidates


def view(desk: Desk, message: str | None = None, kind: str = "info", share: float | None = None) -> tuple:
    """Everything on the tab for one state of the desk, in the order of the tab's outputs."""
    config, steps = desk.config, desk.steps
    last = steps[-1] if len(steps) > 1 else None
    if message is not None:
        line = fragments.status(message, kind, share)
    elif desk.shows_recording:
        line = fragments.recorded_note(recorded_run().created)
    else:
        line = fragments.status(_standing(desk))
    leading = desk.leading
    words = next((s.words for s in steps if s.beams[0] == leading), ())
    return (
        line,
        desk,
        desk.current_picture,
        fragments.caption_card(config.prefix if config else "", leading, words, config.suffix if config else ""),
        fragments.step_facts(last, config.steps) if last and config else "",
        figures.objective_curve(steps, config),
        tables.beam_table(last),
        tables.candidate_table(last, config),
    )


def only_status(message: str, share: float) -> tuple:
    """The tab's outputs with nothing changed but the status line."""
    return (fragments.status(message, share=share), *(gr.skip(),) * (VIEW - 1))


def _standing(desk: Desk) -> str:
    if desk.session is None:
        return "Ready. Press Step for one token, or Run for all."
    session = desk.session
    if not session.position:
        return "At the start. Press Step for one token, or Run for all."
    best = f"objective {session.best.objective:.3f}: “{session.caption}”"
    if session.finished:
        return f"Finished after {session.position} steps. Best of all steps, {best}."
    return f"Step {session.position} of {session.config.steps}. Best so far, {best}."


class OptimiseHandlers:
    """What the tab's buttons do; one instance an app, all state in the visitor's desk."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(VIEW)
    def choose_picture(self, path: str | None, desk: Desk) -> tuple:
        """A new picture ends the run on the desk; a file that cannot be opened leaves everything as it was."""
        if path is None:
            return view(desk)
        try:
            picture = open_picture(path)
        except UserError as error:
            # Not left to the guard: the picture field shows the bad file and has to get the old picture back.
            gr.Warning(str(error))
            return view(desk, str(error), "error")
        return view(Desk(picture=picture, name=Path(path).name))

    def choose_example(self, event: gr.SelectData, desk: Desk) -> tuple:
        return self.choose_picture(str(EXAMPLES[event.index]), desk)

    @guarded(VIEW)
    def step(self, desk: Desk, preset: str, *values) -> Iterator[tuple]:
        """One step, with a session started first where there is none."""
        session = yield from self._ready(desk, settings.read(preset, *values))
        share = session.position / session.config.steps
        yield only_status(f"Step {session.position + 1}: proposing and scoring candidates …", share)
        session.step()
        yield view(desk)

    @guarded(VIEW)
    def run(self, desk: Desk, preset: str, *values) -> Iterator[tuple]:
        """All remaining steps, showing each; Pause ends it after the step in progress."""
        session = yield from self._ready(desk, settings.read(preset, *values))
        if session.finished:
            raise UserError(f"All {session.config.steps} steps are taken.", "Raise Steps, go Back, or Reset.")
        yield only_status("Running …", session.position / session.config.steps)
        for step in session.run():
            share = step.index / session.config.steps
            if not session.finished:
                yield view(desk, f"Running: step {step.index} of {session.config.steps} done.", share=share)
        yield view(desk)

    @guarded(1)
    def pause(self, desk: Desk) -> Any:
        if desk.session is None:
            return gr.skip()
        desk.session.pause()
        return fragments.status("Paused. Press Step or Run to go on.")

    @guarded(VIEW)
    def back(self, desk: Desk) -> tuple:
        if desk.session is None:
            raise UserError("There is no step of yours to undo yet.", "Press Step to take the first one.")
        desk.session.back()
        return view(desk)

    @guarded(VIEW)
    def reset(self, desk: Desk) -> tuple:
        """Back to the start with the picture kept; the next step reads the settings afresh."""
        return view(Desk(picture=desk.current_picture, name=desk.picture_name))

    @guarded(2)
    def save(self, desk: Desk) -> tuple:
        """Write the run to a file of its own for the download button."""
        if desk.session is None:
            raise UserError("There is no run of yours to save yet.", "Press Step first.")
        words = re.sub(r"[^a-z0-9]+", "-", desk.session.caption.lower()).strip("-")[:40] or "run"
        path = Path(tempfile.mkdtemp(prefix="fuse-")) / f"fuse-{words}.json"
        path.write_text(desk.session.to_json(), "utf-8")
        return fragments.status(f"Saved as {path.name}."), str(path)

    @guarded(VIEW + len(settings.FIELDS))
    def load(self, path: str | None) -> Iterator[tuple]:
        """A saved run takes the desk; its settings fill the panel."""
        if path is None:
            return
        try:
            content = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                "This is not a session file: it is not UTF-8 text.", "Choose a .json saved here."
            ) from error
        keep = (gr.skip(),) * len(settings.FIELDS)
        yield (*only_status("Loading the saved run and its models …", 0.1), *keep)
        session = Session.from_json(content, self.library)
        loaded = Desk(picture=session.image, session=session, name=session.picture_name)
        done = f"Loaded: step {session.position} of {session.config.steps}. Press Step or Run to go on."
        yield (*view(loaded, done), *settings.values_of(session.config))

    def _ready(self, desk: Desk, config: CaptionConfig) -> Generator[tuple, None, Session]:
        """A session for the desk's picture under these settings; progress is shown while models load."""
        if desk.session is not None:
            desk.session.change_search(self.library, config)
            return desk.session
        for news in in_background(
            lambda say: Session.start(self.library, config, desk.current_picture, say, desk.picture_name)
        ):
            if isinstance(news, Session):
                desk.session = news
            else:
                share, what = news
                yield only_status(f"{what} …", share)
        assert desk.session is not None  # in_background ends with its result or raises
        return desk.session


def build(app: gr.Blocks, library: Library, default_preset: str) -> None:
    """Lay the tab out and wire it."""
    handlers = OptimiseHandlers(library)
    desk = gr.State(Desk())
    gr.Markdown(text("optimise.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            picture = PictureInput(
                recorded_picture,
                label="Picture",
                type="pil",
                format="png",
                sources=["upload", "clipboard"],
                height=300,
                elem_id="picture",
                buttons=[],
            )
            examples = gr.Gallery(
                [str(path) for path in EXAMPLES],
                label="Example pictures",
                show_label=False,
                columns=3,
                rows=2,
                height=210,
                allow_preview=False,
                interactive=False,
                object_fit="cover",
                elem_id="examples",
                buttons=[],
            )
            panel = settings.build(default_preset)
        with gr.Column(scale=5, min_width=340):
            caption = gr.HTML(elem_id="caption-box", padding=False)
            with gr.Row(elem_classes="fx-buttons"):
                step = gr.Button("Step", variant="primary", elem_id="step", min_width=80)
                run = gr.Button("Run", variant="primary", elem_id="run", min_width=80)
                pause = gr.Button("Pause", elem_id="pause", min_width=80)
                back = gr.Button("Back", elem_id="back", min_width=80)
                reset = gr.Button("Reset", elem_id="reset", min_width=80)
            status = gr.HTML(elem_id="status", padding=False)
            facts = gr.Markdown(elem_id="facts")
            curve = gr.Plot(show_label=False, elem_id="curve")
            beams = gr.Dataframe(
                label="Prompts in the running",
                interactive=False,
                elem_id="beams",
                wrap=True,
                column_widths=["12%", "55%", "33%"],
                buttons=[],
            )
            with gr.Row(elem_classes="fx-buttons"):
                save = gr.Button("Save run", size="sm", elem_id="save", min_width=100)
                load = gr.UploadButton(
                    "Load run", file_types=[".json"], size="sm", elem_id="load", type="filepath", min_width=100
                )
                file = gr.DownloadButton("Download", elem_id="save-file", elem_classes="fx-hidden")
    gr.Markdown(text("candidates.md"), elem_classes="fx-intro")
    candidates = gr.Dataframe(
        label="Candidates",
        show_label=False,
        interactive=False,
        max_height=420,
        elem_id="candidates",
        show_search="filter",
        buttons=["fullscreen", "copy"],
    )
    shown = [status, desk, picture, caption, facts, curve, beams, candidates]
    inputs = [desk, *panel.inputs]
    app.load(view, desk, shown, **PRIVATE)
    picture.upload(handlers.choose_picture, [picture, desk], shown, **PRIVATE)
    picture.clear(handlers.reset, desk, shown, **PRIVATE)
    examples.select(handlers.choose_example, desk, shown, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "optimise", "trigger_mode": "once"}
    step.click(handlers.step, inputs, shown, **work)
    run.click(handlers.run, inputs, shown, **work)
    pause.click(handlers.pause, desk, status, queue=False, **PRIVATE)
    back.click(handlers.back, desk, shown, **PRIVATE)
    reset.click(handlers.reset, desk, shown, **PRIVATE)
    saved = save.click(handlers.save, desk, [status, file], **PRIVATE)
    saved.success(None, None, None, js="() => setTimeout(() => document.querySelector('#save-file').click(), 300)")
    load.upload(handlers.load, load, [*shown, *panel.outputs], **work)
