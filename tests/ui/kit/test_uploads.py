"""File fields: only what was uploaded is opened, whatever a client claims."""

from __future__ import annotations

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest
from gradio.components import Component
from gradio.data_classes import FileData, ImageData, ListFiles

from fuse_core.common.errors import UserError
from ui.kit.examples import EXAMPLES
from ui.kit.uploads import PictureInput, uploaded


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    made = tmp_path / "uploads"
    made.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(made))
    return made


def file_inputs(page: gr.Blocks) -> list[Component]:
    """Every input of a handler whose data names a file; scripts alone, without a handler, open none."""
    inputs = {block._id: block for fn in page.fns.values() if fn.fn for block in fn.inputs}
    return [b for b in inputs.values() if getattr(b, "data_model", None) is not None and "path" in str(b.api_info())]


def data(block: Component, path: Path | str):
    if isinstance(block, gr.Image):
        return ImageData(path=str(path))
    file = FileData(path=str(path))
    return ListFiles([file]) if getattr(block, "file_count", "single") == "multiple" else file


def ending(block: Component) -> str:
    return (getattr(block, "file_types", None) or [".jpg"])[0]


def test_the_page_has_the_file_fields_we_know(page):
    assert (
        len(file_inputs(page)) == 15
    )  # Optimise 4; Baselines; Batch; Evaluate 3; Evidence; Fidelity; Tokenizers 2; Learn 2


def test_uploaded_files_come_through(page, folder):
    for block in file_inputs(page):
        path = folder / f"mine{ending(block)}"
        path.write_bytes(b"x")
        given = block.preprocess(data(block, path))
        assert given in (str(path), [str(path)])
        assert block.preprocess(None) is None


def test_every_file_field_refuses_other_files(page, folder, tmp_path):
    for block in file_inputs(page):
        outside = tmp_path / f"secret{ending(block)}"
        shutil.copy(EXAMPLES[0], outside)
        link = folder / f"link{ending(block)}"
        link.symlink_to(outside)
        for path in (outside, link, "/dev/zero", f"{folder}/../{outside.name}", folder, folder / "absent.jpg", "a\0b"):
            with pytest.raises(gr.Error, match="not uploaded"):
                block.preprocess(data(block, path))
        link.unlink()


def test_folders_and_pipes_among_the_uploads_are_refused(folder):
    os.mkfifo(folder / "pipe.jpg")
    (folder / "album.jpg").mkdir()
    for name in ("pipe.jpg", "album.jpg"):
        with pytest.raises(UserError, match="not uploaded"):
            uploaded(str(folder / name))


def test_example_pictures_are_accepted(folder):
    assert uploaded(str(EXAMPLES[0])) == str(EXAMPLES[0].resolve())


def test_data_without_gradios_mark_gets_the_same_sentence(folder):
    """Gradio's own way from a request to a handler: it checks nothing of a picture whose data lacks ``meta``."""
    with gr.Blocks() as app:
        picture = PictureInput()
        picture.upload(lambda path: path, picture)
    request = app.preprocess_data(app.fns[0], [{"path": "/dev/zero"}], None)
    # In a thread of its own: the browser tests of this process leave a loop running in the main one.
    with ThreadPoolExecutor(1) as thread, pytest.raises(gr.Error, match="not uploaded"):
        thread.submit(asyncio.run, request).result()
