"""The picture of a run, examples, and pictures that share its loss; no behaviour."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.kit.examples import EXAMPLES
from ui.kit.texts import text
from ui.kit.uploads import FilesInput, PictureInput
from ui.optimise.visit_state import recorded_path


def picture(shown: dict[str, Any]) -> None:
    """The picture that is captioned."""
    path = recorded_path()
    shown["picture"] = PictureInput(
        path and str(path),
        label="Picture",
        type="pil",
        format="png",
        sources=["upload", "clipboard"],
        height=300,
        elem_id="picture",
        buttons=[],
    )


def more_pictures(shown: dict[str, Any], controls: dict[str, Any]) -> None:
    """Example pictures, and those that share the loss."""
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
    shown["more"] = gr.Gallery(
        label="More pictures in the same loss",
        show_label=False,
        columns=3,
        height=110,
        visible=False,
        interactive=False,
        allow_preview=False,
        object_fit="cover",
        elem_id="more",
        buttons=[],
    )
    with gr.Accordion("More pictures in the same loss", open=False, elem_id="more-pictures"):
        gr.Markdown(text("more-pictures.md"), elem_classes="fx-note")
        controls["more_files"] = FilesInput(show_label=False, file_count="multiple", elem_id="more-files", height=120)
