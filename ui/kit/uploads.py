"""File fields that hand over what a visitor uploaded, unopened, and no other file of this computer.

Gradio compares a path with its upload folder only where the data it came in bears a mark, which a client may leave
out; and of pictures it asks for no mark.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from fuse_core.common.errors import UserError
from ui.kit.messages import told
from ui.kit.texts import ASSETS

EXAMPLES = ASSETS / "images"


def uploaded(path: str) -> str:
    """A path with its links followed, once it is known to be an uploaded file or an example picture.

    Raises
    ------
    UserError
        For anything else: files elsewhere, folders, devices, pipes, and what is not there.
    """
    try:
        found = Path(path).resolve(strict=True)
        ours = any(found.is_relative_to(Path(folder).resolve()) for folder in (get_upload_folder(), EXAMPLES))
        if ours and found.is_file():
            return str(found)
    except (OSError, RuntimeError, ValueError):  # not there, a loop of links, or no path at all
        pass
    raise UserError("This file was not uploaded to this page, so it is not opened.", "Choose the file again.")


def _checked(payload: Any) -> Any:
    """Gradio's data of one file or several, its paths checked; the visitor sees the sentence where one is refused."""
    try:
        for file in getattr(payload, "root", [payload]):
            if file.path is not None:
                file.path = uploaded(file.path)
    except UserError as error:
        raise gr.Error(told(error)) from error
    return payload


class PictureInput(gr.Image):
    """``gr.Image`` whose handlers get the uploaded file's path, unopened.

    Gradio would open the file before any handler of ours runs, and answer a damaged one with a bare "Error".
    """

    is_template = True  # shown by gr.Image's own front end

    def preprocess(self, payload: Any) -> str | None:
        return _checked(payload).path if payload else None


class FilesInput(gr.File):
    """``gr.File`` whose handlers get paths of uploaded files alone."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return super().preprocess(_checked(payload)) if payload else None


class FileButton(gr.UploadButton):
    """``gr.UploadButton`` whose handlers get the path of an uploaded file alone."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return super().preprocess(_checked(payload)) if payload else None
