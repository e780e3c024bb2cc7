"""Batches of pictures: order, bad files, and going on after an interruption."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search import batch
from fuse_core.search.batch import caption_all
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG

LIBRARY = tiny_models.shared_library()
SHORT = dataclasses.replace(CONFIG, steps=2)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Four files, the second of which is no picture."""
    paths = [tmp_path / f"{name}.png" for name in "abcd"]
    for seed, path in enumerate(paths):
        tiny_models.picture(seed).save(path)
    paths[1].write_bytes(b"no picture")
    return paths


def test_results_come_in_order_and_a_bad_file_does_not_stop_the_rest(pictures):
    results = list(caption_all(LIBRARY, SHORT, pictures))
    assert [r.image for r in results] == ["a.png", "b.png", "c.png", "d.png"]
    assert "is not a picture" in results[1].values["error"]
    session = Session.start(LIBRARY, SHORT, tiny_models.picture(2))
    list(session.run())
    assert results[2].values == {
        "caption": session.caption,
        "objective": session.best.objective,
        "losses": session.best.losses,
    }


def test_a_broken_batch_goes_on_and_leaves_the_same_file(pictures, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures, whole))
    running = caption_all(LIBRARY, SHORT, pictures, broken)
    next(running), next(running), next(running)
    running.close()
    with broken.open("a") as file:
        file.write('{"image": "d.png", "capt')  # killed while writing
    started = []
    start = Session.start
    monkeypatch.setattr(batch.Session, "start", lambda *a, **k: started.append(k["picture_name"]) or start(*a, **k))
    results = list(caption_all(LIBRARY, SHORT, pictures, broken))
    assert started == ["d.png"]
    assert [r.repeated for r in results] == [True, True, True, False]
    assert broken.read_bytes() == whole.read_bytes()
    assert [json.loads(line)["image"] for line in whole.read_text().splitlines()[1:]] == [p.name for p in pictures]


# The process is killed while it captions the third picture, which it says by writing a file.
KILLED = """
import sys, time
from pathlib import Path
from tests.fuse_core import tiny_models
from tests.fuse_core.search.test_batch import SHORT, batch, caption_all
folder, journal = Path(sys.argv[1]), Path(sys.argv[2])
start = batch.Session.start
def slow(*given, **named):
    session = start(*given, **named)
    if named["picture_name"] == "c.png":
        session.step()
        (folder / "working").touch()
        time.sleep(600)
    return session
batch.Session.start = slow
list(caption_all(tiny_models.library(), SHORT, sorted(folder.glob("*.png")), journal))
"""


def test_a_killed_batch_goes_on_and_leaves_the_same_file(pictures, tmp_path):
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures, whole))
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), str(broken)])
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "working").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    assert len(broken.read_text().splitlines()) == 3  # the settings and two pictures
    results = list(caption_all(LIBRARY, SHORT, pictures, broken))
    assert [r.repeated for r in results] == [True, True, False, False]
    assert broken.read_bytes() == whole.read_bytes()


def test_a_finished_batch_repeats_nothing(pictures, tmp_path):
    journal = tmp_path / "deep" / "results.jsonl"
    first = list(caption_all(LIBRARY, SHORT, pictures, journal))
    second = list(caption_all(LIBRARY, SHORT, pictures, journal))
    assert all(r.repeated for r in second)
    assert [r.values for r in first] == [r.values for r in second]


def test_cancelling_ends_it_between_pictures(pictures, tmp_path):
    seen = []
    for result in caption_all(LIBRARY, SHORT, pictures, cancelled=lambda: len(seen) == 2):
        seen.append(result)
    assert [r.image for r in seen] == ["a.png", "b.png"]


def test_results_of_other_settings_are_not_mixed(pictures, tmp_path):
    journal = tmp_path / "results.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
    before = journal.read_bytes()
    with pytest.raises(UserError, match="results of other settings"):
        list(caption_all(LIBRARY, dataclasses.replace(SHORT, seed=1), pictures, journal))
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"hello\n", b"hello", b'{"format": "other"}\n', b"[1]\n", b"\xff\xfe\n", b'{"a": 1}\n[]\n']
)
def test_a_foreign_file_is_left_as_it_is(pictures, tmp_path, content):
    journal = tmp_path / "notes.txt"
    journal.write_bytes(content)
    with pytest.raises(UserError, match="not a file of batch results"):
        list(caption_all(LIBRARY, SHORT, pictures, journal))
    assert journal.read_bytes() == content


def test_an_empty_file_is_begun(pictures, tmp_path):
    journal = tmp_path / "empty.jsonl"
    journal.touch()
    list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
    assert len(journal.read_text().splitlines()) == 2


def test_a_place_that_cannot_be_written_gets_a_sentence(pictures, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        list(caption_all(LIBRARY, SHORT, pictures, tmp_path / "file" / "results.jsonl"))
