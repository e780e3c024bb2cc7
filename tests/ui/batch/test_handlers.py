"""The Batch tab's button, called without a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from tests.fuse_core import tiny_models
from ui.batch import handlers
from ui.batch.handlers import BatchHandlers, Components
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders

REQUEST = gr.Request(session_hash="visit")


@pytest.fixture
def batch() -> BatchHandlers:
    """The tab on tiny models, with a budget of two steps."""
    short = tiny_models.CONFIG.changed(steps=2)
    with gr.Blocks():
        components = Components(gr.HTML(), gr.Dataframe(), gr.DownloadButton(), gr.DownloadButton())
    return BatchHandlers(components, tiny_models.shared_library(), JobRunner(), VisitFolders(), lambda *budget: short)


def uploaded(folder: Path, seed: int, name: str = "image.jpg") -> str:
    """A picture in a folder of its own, as uploads are."""
    path = folder / str(seed) / name
    path.parent.mkdir()
    tiny_models.picture(seed).save(path, "PNG")
    return str(path)


def outcome(batch: BatchHandlers, files: list[str]) -> tuple[str, list[list[Any]], Path]:
    """The last status, the table's rows and the journal after a run."""
    shown: dict = {}
    for update in batch.run(REQUEST, files):
        shown |= update
    journal = Path(shown[batch.components.lines].constructor_args["value"])
    return str(shown[batch.status]), shown[batch.components.rows].to_numpy().tolist(), journal


def test_another_picture_of_the_same_name_gets_its_own_caption(batch, tmp_path):
    _, [first], _ = outcome(batch, [uploaded(tmp_path, 0)])
    said, [second], journal = outcome(batch, [uploaded(tmp_path, 1)])
    assert (first[0], second[0]) == ("image.jpg", "image.jpg")
    assert first[1:3] != second[1:3]
    assert second[3] == ""
    assert "Finished: 1 caption" in said
    assert len(journal.read_text("utf-8").splitlines()) == 3


def test_two_pictures_of_one_name_go_together_and_come_from_before(batch, tmp_path):
    files = [uploaded(tmp_path, 0), uploaded(tmp_path, 1)]
    _, rows, _ = outcome(batch, files)
    _, again, _ = outcome(batch, files)
    assert [row[3] for row in rows] == ["", ""]
    assert [row[:3] for row in again] == [row[:3] for row in rows]
    assert [row[3] for row in again] == ["from before", "from before"]


def test_run_after_stop_goes_on(batch, tmp_path):
    """The run that was stopped may still be in a step; the next one waits for it and repeats no picture."""
    files = [uploaded(tmp_path, seed) for seed in range(3)]
    stopped = batch.run(REQUEST, files)
    for update in stopped:
        if len(update.get(batch.components.rows, ())) == 1:
            batch.runner.cancel(handlers.JOB)(REQUEST)
    said, rows, journal = outcome(batch, files)
    assert "Finished: 3 captions" in said
    assert rows[0][3] == "from before"
    assert [json.loads(line).get("image") for line in journal.read_text("utf-8").splitlines()][1:] == ["image.jpg"] * 3


def test_the_files_of_a_batch_go_with_the_visit(batch, tmp_path):
    _, _, journal = outcome(batch, [uploaded(tmp_path, 0)])
    assert journal.exists()
    batch.folders.remove(REQUEST)
    assert not journal.parent.parent.exists()
