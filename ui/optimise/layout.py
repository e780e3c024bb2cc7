"""Where everything on the Optimise tab stands; no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ui.kit import export
from ui.kit.examples import EXAMPLES
from ui.kit.texts import text
from ui.kit.uploads import FileButton, PictureInput
from ui.optimise import settings
from ui.optimise.settings import SettingsPanel
from ui.optimise.view import View
from ui.optimise.visit_state import NAMES, VisitState, recorded_picture

KEY = "fuse-explorer-runs"  # of the browser's store


@dataclass
class Parts:
    """The components: those a ``View`` fills, in its order, and the controls by name."""

    view: View
    panel: SettingsPanel
    controls: dict[str, Any]

    @property
    def inputs(self) -> list:
        """What a handler takes that may start a run."""
        return [self.view.visit, *self.panel.inputs]


def build(default_preset: str) -> Parts:
    """Lay the tab out."""
    controls: dict[str, Any] = {}
    # A fixed key and secret: the run outlives a restart of the app. It is on the visitor's own disk, and no secret.
    states = {"visit": gr.State(VisitState()), "kept": gr.BrowserState(None, storage_key=KEY, secret=KEY)}
    gr.Markdown(text("optimise.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            picture = _picture(controls)
            panel = settings.build(default_preset)
        with gr.Column(scale=5, min_width=340):
            main = _main(controls)
    with gr.Column(visible=False, elem_id="comparison") as comparison:
        compared = _comparison()
    views = View(**states, picture=picture, **main, comparison=comparison, **compared, **_step(controls))
    return Parts(views, panel, controls)


def _picture(controls: dict[str, Any]) -> PictureInput:
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
    controls["examples"] = gr.Gallery(
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
    return picture


def _main(controls: dict[str, Any]) -> dict[str, Any]:
    """The run: caption, buttons, timeline, curve, prompts in the running, editing, files."""
    parts: dict[str, Any] = {"caption": gr.HTML(elem_id="caption-box", padding=False)}
    with gr.Row(elem_classes="fx-buttons"):
        for name in ("step", "run", "pause", "back", "reset"):
            look = "primary" if name in ("step", "run") else "secondary"
            controls[name] = gr.Button(name.capitalize(), variant=look, elem_id=name, min_width=80)
    parts["status"] = gr.HTML(elem_id="status", padding=False)
    parts["switch"] = gr.Radio(
        [(f"Run {name}", name) for name in NAMES], value=NAMES[0], show_label=False, visible=False, elem_id="switch"
    )
    with gr.Row(elem_classes="fx-timeline"):
        parts["timeline"] = gr.Slider(
            0, 1, value=0, step=1, label="Step on show", elem_id="timeline", scale=4, min_width=220, buttons=[]
        )
        with gr.Column(scale=1, min_width=150):
            parts["latest"] = gr.Button("Latest", size="sm", visible=False, elem_id="latest", min_width=100)
            parts["branch"] = gr.Button("Branch here", size="sm", elem_id="branch", min_width=100)
    parts["facts"] = gr.Markdown(elem_id="facts")
    parts["curve"] = gr.Plot(show_label=False, elem_id="curve", elem_classes="fx-clickable")
    controls["curve-click"] = gr.Textbox(elem_id="curve-click", elem_classes="fx-hidden", container=False)
    parts["beams"] = gr.Dataframe(
        label="Prompts in the running",
        interactive=False,
        elem_id="beams",
        wrap=True,
        column_widths=["12%", "55%", "33%"],
        buttons=[],
    )
    with gr.Row(elem_classes="fx-edit", equal_height=True):
        controls["prompt"] = gr.Textbox(
            label="Go on from a prompt of yours",
            info="It is judged and becomes the next step.",
            elem_id="prompt",
            scale=4,
            min_width=220,
            max_lines=2,
        )
        with gr.Column(scale=1, min_width=150):
            controls["take"] = gr.Button("Copy the caption", size="sm", elem_id="take", min_width=100)
            controls["edit"] = gr.Button("Use this prompt", size="sm", elem_id="edit", min_width=100)
    _files(controls)
    return parts


def _files(controls: dict[str, Any]) -> None:
    with gr.Row(elem_classes="fx-buttons"):
        controls["save"] = gr.Button("Save run", size="sm", elem_id="save", min_width=100)
        controls["load"] = FileButton(
            "Load run", file_types=[".json"], size="sm", elem_id="load", type="filepath", min_width=100
        )
        controls["trace"] = gr.Button("Trace as CSV", size="sm", elem_id="trace", min_width=100)
        controls["replay"] = gr.Button("Replay", size="sm", elem_id="replay", min_width=100)
        controls["cancel"] = gr.Button(
            "Cancel replay", size="sm", variant="stop", visible=False, elem_id="cancel-replay", min_width=100
        )
        controls["file"] = gr.DownloadButton("Download", elem_id="save-file", elem_classes="fx-hidden")
    controls["replayed"] = gr.Dataframe(
        label="Replay, step by step",
        visible=False,
        interactive=False,
        max_height=260,
        wrap=True,
        elem_id="replayed",
        column_widths=["10%", "16%", "37%", "37%"],
        buttons=[],
    )


def _comparison() -> dict[str, Any]:
    gr.Markdown(text("compare.md"), elem_classes="fx-intro")
    parts: dict[str, Any] = {"captions": gr.HTML(elem_id="compare-captions", padding=False)}
    with gr.Row():
        with gr.Column(min_width=320):
            parts["curves"] = gr.Plot(show_label=False, elem_id="compare-curves")
        with gr.Column(min_width=320):
            parts["costs"] = gr.Dataframe(
                label="What the runs cost",
                interactive=False,
                elem_id="compare-costs",
                wrap=True,
                buttons=[],
                column_widths=["44%", "28%", "28%"],
            )
            export.buttons("compare", table=parts["costs"], plot=parts["curves"])
    return parts


def _step(controls: dict[str, Any]) -> dict[str, Any]:
    """The step on show under the lens."""
    parts: dict[str, Any] = {}
    gr.Markdown(text("tree.md"), elem_classes="fx-intro")
    parts["tree"] = gr.Plot(show_label=False, elem_id="tree", elem_classes="fx-clickable")
    controls["tree-click"] = gr.Textbox(elem_id="tree-click", elem_classes="fx-hidden", container=False)
    with gr.Row():
        for name, about in (("shares", "shares.md"), ("pull", "word-pull.md")):
            with gr.Column(min_width=320):
                gr.Markdown(text(about), elem_classes="fx-intro")
                parts[name] = gr.Plot(show_label=False, elem_id=name)
    gr.Markdown(text("candidates.md"), elem_classes="fx-intro")
    parts["candidates"] = gr.Dataframe(
        label="Candidates",
        show_label=False,
        interactive=False,
        max_height=420,
        elem_id="candidates",
        show_search="filter",
        buttons=["fullscreen", "copy"],
    )
    return parts
