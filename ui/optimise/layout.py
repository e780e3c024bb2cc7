"""Where everything on the Optimise tab stands; no behaviour."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.kit import export
from ui.kit.copy_link import CopyLink
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.uploads import FileButton
from ui.optimise import settings
from ui.optimise.components import Components, Controls, Shown
from ui.optimise.picture_layout import more_pictures, picture
from ui.optimise.seen_picture import SeenPicture
from ui.optimise.visit_state import NAMES, VisitState

KEY = "fuse-explorer-runs"  # of the browser's store


def build(preset: str, why: str) -> Components:
    """Lay the tab out."""
    shown: dict[str, Any] = {}
    controls: dict[str, Any] = {}
    shown["visit"] = gr.State(VisitState())
    shown["stored"] = gr.Textbox(visible="hidden", elem_id="stored")
    # Read once, where an earlier version left a run. A fixed key and secret, as it had.
    shown["earlier"] = gr.BrowserState(None, storage_key=KEY, secret=KEY)
    gr.Markdown(text("optimise.md"), elem_id="optimise-intro", elem_classes="fx-intro")
    # In the order of a phone and of the keyboard; a wide window sets them side by side.
    with gr.Row(elem_classes="fx-board"):
        with gr.Column(elem_classes="fx-picture"):
            picture(shown)
            seen = SeenPicture()
        with gr.Column(elem_classes="fx-head"):
            _head(shown, controls)
        with gr.Column(elem_classes="fx-side"):
            more_pictures(shown, controls)
            with gr.Accordion("Settings", elem_id="settings", elem_classes="fx-settings"):
                shown["pending"] = gr.Markdown(elem_id="pending", elem_classes="fx-note")
                panel = settings.build(preset, why)
        with gr.Column(elem_classes="fx-body"):
            _run(shown, controls)
            with gr.Column(visible=False, elem_id="making") as shown["making"]:
                _made(controls)
            _prompt(controls)
            _files(controls)
            _kept(controls)
    with gr.Column(visible=False, elem_id="comparison") as shown["comparison"]:
        _comparison(shown)
    with gr.Column(visible=False, elem_id="below") as shown["below"]:  # the browser makes it once it is shown
        _step(shown, controls)
    return Components(Shown(**shown), Controls(**controls), panel, seen)


def _head(shown: dict[str, Any], controls: dict[str, Any]) -> None:
    """Caption, buttons, what is happening."""
    shown["caption"] = gr.HTML(elem_id="caption-box", padding=False)
    with gr.Row(elem_classes="fx-buttons"):
        for name in ("step", "run", "pause", "back", "reset"):
            variant = "primary" if name in ("step", "run") else "secondary"
            controls[name] = gr.Button(name.capitalize(), variant=variant, elem_id=name, min_width=80)
    controls["pressed"] = gr.Number(visible=False, elem_id="pressed")
    shown["undo"] = gr.Button("Undo", size="sm", visible=False, elem_id="undo")
    shown["status"] = gr.HTML(elem_id="status", padding=False)


def _run(shown: dict[str, Any], controls: dict[str, Any]) -> None:
    """Timeline, curve, prompts in the running."""
    shown["switch"] = gr.Radio(
        [(f"Run {name}", name) for name in NAMES], value=NAMES[0], show_label=False, visible=False, elem_id="switch"
    )
    with gr.Row(elem_classes="fx-timeline"):
        shown["timeline"] = gr.Slider(
            0, 1, value=0, step=1, label="Step on show", elem_id="timeline", scale=4, min_width=220, buttons=[]
        )
        with gr.Column(scale=1, min_width=150):
            shown["latest"] = gr.Button("Latest", size="sm", visible=False, elem_id="latest", min_width=100)
            shown["branch"] = gr.Button("Branch here", size="sm", elem_id="branch", min_width=100)
    shown["facts"] = gr.Markdown(elem_id="facts")
    with gr.Column(elem_classes="fx-until"):
        shown["still"] = gr.HTML(padding=False)
        shown["curve"] = plot("Objective by step", "curve", elem_classes="fx-clickable")
    export.buttons("curve", plot=shown["curve"])
    controls["curve_click"] = gr.Textbox(elem_id="curve-click", elem_classes="fx-hidden", container=False)
    shown["beams"] = gr.Dataframe(
        label="Prompts in the running",
        interactive=False,
        elem_id="beams",
        wrap=True,
        column_widths=["12%", "55%", "33%"],
        buttons=[],
    )
    export.buttons("prompts", table=shown["beams"])


def _made(controls: dict[str, Any]) -> None:
    """The picture of the caption."""
    gr.Markdown(text("made-picture.md"), elem_classes="fx-intro")
    with gr.Row(elem_classes="fx-buttons"):
        controls["make_picture"] = gr.Button("Make the picture of this caption", size="sm", elem_id="make-picture")
        controls["cancel_picture"] = gr.Button(
            "Cancel picture", size="sm", variant="stop", visible=False, elem_id="cancel-picture"
        )
    controls["made"] = gr.Gallery(
        show_label=False, columns=2, height=300, visible=False, interactive=False, elem_id="made", buttons=[]
    )


def _prompt(controls: dict[str, Any]) -> None:
    """A prompt written by hand."""
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
            controls["copy_caption"] = gr.Button("Copy the caption", size="sm", elem_id="take", min_width=100)
            controls["use_prompt"] = gr.Button("Use this prompt", size="sm", elem_id="edit", min_width=100)


def _files(controls: dict[str, Any]) -> None:
    """The run out of the page and back, and taken again."""
    with gr.Row(elem_classes="fx-buttons"):
        controls["save"] = gr.Button("Save run", size="sm", elem_id="save", min_width=100)
        controls["load"] = FileButton(
            "Load run", file_types=[".json"], size="sm", elem_id="load", type="filepath", min_width=100
        )
        controls["load_second"] = FileButton(
            "Load to compare", file_types=[".json"], size="sm", elem_id="load-second", type="filepath", min_width=100
        )
        controls["export"] = gr.Button("Trace as CSV", size="sm", elem_id="trace", min_width=100)
        controls["export_page"] = gr.Button("Run as a page", size="sm", elem_id="run-page", min_width=100)
        controls["replay"] = gr.Button("Replay", size="sm", elem_id="replay", min_width=100)
        controls["cancel_replay"] = gr.Button(
            "Cancel replay", size="sm", variant="stop", visible=False, elem_id="cancel-replay", min_width=100
        )
        controls["file"] = gr.DownloadButton("Download", elem_id="save-file", elem_classes="fx-hidden")
    controls["link"] = CopyLink("optimise")
    with gr.Column(elem_classes="fx-replay"):
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
        export.buttons("replay", table=controls["replayed"])


def _kept(controls: dict[str, Any]) -> None:
    """The runs that the browser keeps, listed by the page's script."""
    gr.HTML('<p id="kept-note" class="fx-note" role="status"></p>', padding=False)
    with gr.Accordion("Your runs in this browser", open=False, elem_id="kept-runs"):
        gr.Markdown(text("kept-runs.md"), elem_classes="fx-note")
        gr.HTML('<ul id="kept-list"></ul>', padding=False)
    controls["kept"] = gr.Textbox(visible="hidden", elem_id="kept")
    controls["open_kept"] = gr.Button(visible="hidden", elem_id="open-kept")
    controls["keep_again"] = gr.Button(visible="hidden", elem_id="keep-again")


def _comparison(shown: dict[str, Any]) -> None:
    """Both runs side by side."""
    gr.Markdown(text("compare.md"), elem_classes="fx-intro")
    shown["captions"] = gr.HTML(elem_id="compare-captions", padding=False)
    with gr.Row():
        with gr.Column(min_width=320):
            shown["curves"] = plot("Objectives of both runs by step", "compare-curves")
        with gr.Column(min_width=320):
            shown["costs"] = gr.Dataframe(
                label="What the runs cost",
                interactive=False,
                elem_id="compare-costs",
                wrap=True,
                buttons=[],
                column_widths=["44%", "28%", "28%"],
            )
            export.buttons("compare", table=shown["costs"], plot=shown["curves"])


def _step(shown: dict[str, Any], controls: dict[str, Any]) -> None:
    """The step on show under the lens."""
    gr.Markdown(text("tree.md"), elem_classes="fx-intro")
    shown["tree"] = plot("Tree of prompts", "tree", elem_classes="fx-clickable")
    export.buttons("tree", plot=shown["tree"])
    controls["tree_click"] = gr.Textbox(elem_id="tree-click", elem_classes="fx-hidden", container=False)
    with gr.Row():
        for name, label, about in (
            ("shares", "Share of every model in the objective", "shares.md"),
            ("pull", "Gradient norm of every word", "word-pull.md"),
        ):
            with gr.Column(min_width=320):
                gr.Markdown(text(about), elem_classes="fx-intro")
                shown[name] = plot(label, name)
                export.buttons(name, plot=shown[name])
    with gr.Column(visible=False, elem_id="finished") as shown["finished"]:
        _finished(shown)
    _diff(shown)
    gr.Markdown(text("candidates.md"), elem_classes="fx-intro")
    shown["candidates"] = gr.Dataframe(
        label="Candidates",
        show_label=False,
        interactive=False,
        max_height=420,
        elem_id="candidates",
        show_search="filter",
        buttons=["fullscreen", "copy"],
    )
    export.buttons("candidates", table=shown["candidates"])


def _finished(shown: dict[str, Any]) -> None:
    """Prompts that were judged with an end."""
    gr.Markdown(text("front.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            shown["front"] = plot("Finished captions: picture loss against fluency loss", "front")
        with gr.Column(min_width=320):
            shown["finished_table"] = gr.Dataframe(
                label="Finished captions",
                interactive=False,
                elem_id="finished-table",
                max_height=380,
                wrap=True,
                buttons=[],
            )
            export.buttons("finished", table=shown["finished_table"], plot=shown["front"])


def _diff(shown: dict[str, Any]) -> None:
    """Any two prompts of the run against each other."""
    gr.Markdown(text("diff.md"), elem_classes="fx-intro")
    with gr.Row():
        shown["diff_first"] = gr.Dropdown(label="First prompt", elem_id="diff-first", min_width=300)
        shown["diff_second"] = gr.Dropdown(label="Second prompt", elem_id="diff-second", min_width=300)
    shown["diff"] = gr.HTML(elem_id="diff", padding=False)
