"""The Batch tab's button, called without a page."""

from __future__ import annotations

import html
import json
import re
import threading
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fuse_core.search.presets import load_preset
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from ui.batch import handlers
from ui.batch.handlers import BatchHandlers, Components
from ui.kit.examples import EXAMPLES
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders
from ui.optimise.run import Run

REQUEST = gr.Request(session_hash="visit")


@pytest.fixture
def batch() -> BatchHandlers:
    """The tab on tiny models, with a budget of two steps."""
    short = tiny_models.CONFIG.changed(steps=2)
    with gr.Blocks():
        buttons = gr.DownloadButton(), gr.DownloadButton()
        components = Components(gr.HTML(), gr.Markdown(), gr.HTML(), *buttons, gr.State())
    return BatchHandlers(components, tiny_models.shared_library(), JobRunner(), VisitFolders(), lambda *budget: short)


def uploaded(folder: Path, seed: int, name: str = "image.jpg") -> str:
    """A picture in a folder of its own, as uploads are."""
    path = folder / str(seed) / name
    path.parent.mkdir()
    tiny_models.picture(seed).save(path, "PNG")
    return str(path)


def outcome(batch: BatchHandlers, files: list[str], seeds: str = "0") -> tuple[str, list[list[Any]], Path]:
    """The last status, name, caption, objective and note of every row, and the journal after a run."""
    shown: dict = {}
    for update in batch.run(REQUEST, files, [], seeds):
        shown |= update
    journal = Path(shown[batch.components.lines].constructor_args["value"])
    rows = [[*map(text, cells(row))] for row in re.findall(r"<tr>(.*?)</tr>", shown[batch.components.rows], re.S)[1:]]
    return str(shown[batch.status]), rows, journal


def cells(row: str) -> list[str]:
    name, caption, objective, _ = re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
    caption, _, note = caption.partition("<span")
    return [name, caption, objective, note.partition(">")[2]]


def text(cell: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", cell)).strip().removeprefix("?")


def test_another_picture_of_the_same_name_gets_its_own_caption(batch, tmp_path):
    _, [first], _ = outcome(batch, [uploaded(tmp_path, 0)])
    said, [second], journal = outcome(batch, [uploaded(tmp_path, 1)])
    assert (first[0], second[0]) == ("image.jpg", "image.jpg")
    assert first[1:3] != second[1:3]
    assert second[3] == ""
    assert "Finished: 1 caption" in said
    assert f"Mean objective {float(second[2]):.2f} over 1 picture." in said
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
    stopped = batch.run(REQUEST, files, [], "0")
    for update in stopped:
        if len(update.get(batch.components.held, ())) == 1:
            batch.runner.cancel(handlers.JOB)(REQUEST)
    said, rows, journal = outcome(batch, files)
    assert "Finished: 3 captions" in said
    assert rows[0][3] == "from before"
    assert [json.loads(line).get("image") for line in journal.read_text("utf-8").splitlines()][1:] == ["image.jpg"] * 3


def test_run_while_a_stopped_run_is_still_in_a_step_captions_no_picture_twice(batch, tmp_path, monkeypatch, notices):
    started: list[str] = []
    start, is_refused = Session.start.__func__, threading.Event()

    def counted(cls, library, config, pictures, progress, picture_name):
        assert is_refused.wait(60)
        started.append(str(pictures.getpixel((0, 0))))
        return start(cls, library, config, pictures, progress, picture_name)

    monkeypatch.setattr(Session, "start", classmethod(counted))
    files = [uploaded(tmp_path, seed) for seed in range(2)]
    first = batch.run(REQUEST, files, [], "0")
    next(update for update in first if batch.runner.count)
    *_, refused = batch.run(REQUEST, files, [], "0")
    assert "Another run is writing" in str(refused[batch.status])
    batch.runner.cancel(handlers.JOB)(REQUEST)
    is_refused.set()
    list(first)
    said, _, journal = outcome(batch, files)
    assert "Finished: 2 captions" in said
    assert len(journal.read_text("utf-8").splitlines()) == 3
    assert len(started) <= len(set(started)) + 1  # the picture that the first run was stopped in, if it was in one


def test_the_files_of_a_batch_go_with_the_visit(batch, tmp_path):
    _, _, journal = outcome(batch, [uploaded(tmp_path, 0)])
    assert journal.exists()
    batch.folders.remove(REQUEST)
    assert not journal.parent.parent.exists()


def test_a_run_is_kept_and_a_row_hands_it_over(batch, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    shown: dict = {}
    for update in batch.run(REQUEST, [uploaded(tmp_path, 0), str(bad)], [], "0"):
        shown |= update
    held = shown[batch.components.held]
    assert "1 that could not be read" in str(shown[batch.status])
    assert shown[batch.components.rows].count("fx-open") == 1
    run = Run.parse(Path(batch.run_of(gr.EventData(None, {"index": 0}), held)).read_text("utf-8"))
    assert run.best.objective == held[0].result.values["objective"]
    assert (run.picture_name, run.position) == ("image.jpg", 2)
    for wrong in ({"index": 1}, {"index": 7}, {"index": "0"}, {}):
        assert batch.run_of(gr.EventData(None, wrong), held) is None


def test_several_seeds_run_each_picture_with_each_and_come_in_one_archive(batch, tmp_path):
    said, rows, archive = outcome(batch, [uploaded(tmp_path, 0)], "0, 4")
    assert [row[0] for row in rows] == ["image.jpg, seed 0", "image.jpg, seed 4"]
    mean = sum(float(row[2]) for row in rows) / 2
    assert f"Mean objective {mean:.2f} over 1 picture." in said
    with zipfile.ZipFile(archive) as found:
        heads = [json.loads(found.read(name).splitlines()[0])["config"]["seed"] for name in sorted(found.namelist())]
    assert sorted(heads) == [0, 4]


def test_the_recorded_batch_is_of_the_default_settings_and_the_examples_that_are_here(batch):
    shown = batch.recorded()
    rows = shown[batch.components.held]
    assert [row.path for row in rows] == EXAMPLES
    assert all(row.config == load_preset("offline-caption") for row in rows)
    assert shown[batch.components.rows].count("<img") == len(EXAMPLES)
    path, config = batch.picture_of(gr.EventData(None, {"index": 1}), rows)
    assert (path, config) == (str(EXAMPLES[1]), rows[1].config)
    source = shown[batch.components.source]
    values = [json.loads(handlers.RECORDED.read_text("utf-8"))["results"][k]["objective"] for k in range(len(rows))]
    assert f"Mean objective {sum(values) / len(values):.2f} over {len(rows)} pictures, 95 % interval" in source


def test_what_the_word_filter_removed_is_counted(batch, tmp_path, half_listed):
    batch.read = lambda *budget: tiny_models.CONFIG.changed(steps=2, word_filter="on")
    files = [uploaded(tmp_path, seed) for seed in (0, 1)]
    status, _, _ = outcome(batch, files)
    assert f"The word filter removed {half_listed.removed:,} proposals." in status
    assert "word filter" not in outcome(batch, files)[0]  # from before
