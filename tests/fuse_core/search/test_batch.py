"""Batches of pictures: order, bad files, and going on after an interruption."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuse_core.common.errors import MissingModel, UserError
from fuse_core.common.progress import Cancelled
from fuse_core.library import Library
from fuse_core.search import batch
from fuse_core.search.batch import caption_all, csv_table
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG

LIBRARY = tiny_models.shared_library()
SHORT = CONFIG.changed(steps=2)


def lines(journal: Path) -> list[str]:
    return journal.read_text("utf-8").split("\n")[:-1]


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


def test_a_model_that_cannot_be_had_is_said_once_and_not_of_every_picture(pictures, tmp_path):
    nowhere = Library(tmp_path / "cache")
    results = caption_all(nowhere, SHORT, [pictures[1], pictures[0], pictures[2]])
    assert "is not a picture" in next(results).values["error"]
    with pytest.raises(MissingModel, match="'openai-community/gpt2-medium' could not be fetched"):
        next(results)


def test_captions_that_end_are_those_of_their_runs(pictures, tmp_path):
    config = SHORT.changed(ending="free", unit="both", candidates=20)
    session = Session.start(LIBRARY, config, tiny_models.picture(0))
    list(session.run())
    lines = tmp_path / "captions.jsonl"
    for known in (False, True):
        (found,) = caption_all(LIBRARY, config, pictures[:1], lines)
        assert found.repeated == known
        assert (found.values["caption"], found.values["objective"]) == (session.caption, session.best.objective)
    assert session.best in session.steps[-1].finished_prompts or session.best in session.steps[1].finished_prompts


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
    assert [r.repeated for r in results] == [True, False, True, False]  # the bad file is tried again
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
    assert [r.repeated for r in results] == [True, False, False, False]
    assert broken.read_bytes() == whole.read_bytes()


def test_a_finished_batch_repeats_nothing(pictures, tmp_path):
    journal = tmp_path / "deep" / "results.jsonl"
    first = list(caption_all(LIBRARY, SHORT, pictures, journal))
    second = list(caption_all(LIBRARY, SHORT, pictures, journal))
    assert [r.repeated for r in second] == [True, False, True, True]  # an error is no result
    assert [r.values for r in first] == [r.values for r in second]


def test_what_a_killed_process_left_beside_the_results_goes(pictures, tmp_path):
    left, other = tmp_path / ".results.jsonl-0a1b2c3d.tmp", tmp_path / ".other.jsonl-0a1b2c3d.tmp"
    left.touch(), other.touch()
    list(caption_all(LIBRARY, SHORT, pictures[:1], tmp_path / "results.jsonl"))
    assert [left.exists(), other.exists()] == [False, True]


def test_cancelling_ends_it_within_a_picture_and_frees_the_journal(pictures, tmp_path):
    journal, seen = tmp_path / "results.jsonl", []

    def stop_at_the_third(share: float, what: str) -> None:
        if what == "c.png: step 1 of 2":
            raise Cancelled

    with pytest.raises(Cancelled):
        seen.extend(caption_all(LIBRARY, SHORT, pictures, journal, stop_at_the_third))
    assert [json.loads(line).get("image") for line in lines(journal)] == [None, "a.png", "b.png"]
    assert len(list(caption_all(LIBRARY, SHORT, pictures, journal))) == 4


def test_progress_is_of_the_whole_batch(pictures):
    shares: list[float] = []
    list(caption_all(LIBRARY, SHORT, pictures, progress=lambda share, what: shares.append(share)))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_results_of_other_settings_are_not_mixed(pictures, tmp_path):
    journal = tmp_path / "results.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
    before = journal.read_bytes()
    with pytest.raises(UserError, match="results of other settings"):
        list(caption_all(LIBRARY, SHORT.changed(seed=1), pictures, journal))
    assert journal.read_bytes() == before


def test_settings_are_compared_as_settings(pictures, tmp_path):
    """A field that came later is not in an older file, and another order of fields is no other choice."""
    journal = tmp_path / "results.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
    head, row = lines(journal)
    config = json.loads(head)["config"]
    del config["banned"], config["guidance_weight"]
    older = {"config": dict(reversed(config.items())), "format": "fuse-explorer-batch"}
    journal.write_text(f"\ufeff{json.dumps(older, indent=None)}\r\n{row}\r\n", "utf-8", newline="")
    assert [r.repeated for r in caption_all(LIBRARY, SHORT, pictures[:1], journal)] == [True]


def test_settings_that_are_none_are_named(pictures, tmp_path):
    journal = tmp_path / "results.jsonl"
    journal.write_text('{"format": "fuse-explorer-batch", "config": {"new_field": 1}}\n')
    with pytest.raises(UserError, match=r"settings in 'results\.jsonl' are wrong: 'new_field' is no setting"):
        list(caption_all(LIBRARY, SHORT, pictures, journal))


@pytest.mark.parametrize(
    "content", [b"hello\n", b"hello", b'{"format": "other"}\n', b"[1]\n", b"\xff\xfe\n", b'{"a": 1}\n[]\n']
)
def test_a_foreign_file_is_left_as_it_is(pictures, tmp_path, content):
    journal = tmp_path / "notes.txt"
    journal.write_bytes(content)
    with pytest.raises(UserError, match="not a file of batch results"):
        list(caption_all(LIBRARY, SHORT, pictures, journal))
    assert journal.read_bytes() == content


@pytest.mark.parametrize("written", [0, 1, 30, 200])
def test_a_file_that_was_not_begun_is(pictures, tmp_path, written):
    whole, journal = tmp_path / "whole.jsonl", tmp_path / "begun.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures[:1], whole))
    journal.write_bytes(whole.read_bytes()[:written])
    list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
    assert journal.read_bytes() == whole.read_bytes()


def test_a_batch_killed_at_any_byte_goes_on_and_leaves_the_same_file(pictures, tmp_path):
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    named = [pictures[0].rename(tmp_path / "café.png"), pictures[2].rename(tmp_path / "line\u2028end.png")]
    list(caption_all(LIBRARY, SHORT, named, whole))
    content = whole.read_bytes()
    begun = content.index(b"\n") + 1
    cuts = {begun, content.index("é".encode()) + 1, content.index("\u2028".encode()) + 2, len(content) - 1}
    for cut in cuts:
        broken.write_bytes(content[:cut])
        assert [r.image for r in caption_all(LIBRARY, SHORT, named, broken)] == ["café.png", "line\u2028end.png"]
        assert broken.read_bytes() == content
    assert all(r.repeated for r in caption_all(LIBRARY, SHORT, named, broken))


def test_damaged_lines_cost_their_pictures_alone(pictures, tmp_path, caplog):
    journal = tmp_path / "results.jsonl"
    list(caption_all(LIBRARY, SHORT, pictures, journal))
    head, *rows = journal.read_bytes().splitlines(keepends=True)
    damaged = [b"\xff\n", b"\n", b'{"image": "a.png"}\n', b'{"image": 1, "error": ""}\n', b"[" * 50_000 + b"\n"]
    journal.write_bytes(b"".join([head, rows[0], *damaged, rows[3]]))
    assert [r.repeated for r in caption_all(LIBRARY, SHORT, pictures, journal)] == [True, False, False, True]
    assert "5 damaged lines of 'results.jsonl' are left out" in caplog.text


class TestIdentity:
    def test_another_picture_of_the_same_name_is_another_picture(self, tmp_path):
        journal, paths = tmp_path / "results.jsonl", [tmp_path / place / "image.png" for place in "ab"]
        for seed, path in enumerate(paths):
            path.parent.mkdir()
            tiny_models.picture(seed).save(path)
        [first] = caption_all(LIBRARY, SHORT, paths[:1], journal)
        [second] = caption_all(LIBRARY, SHORT, paths[1:], journal)
        assert not second.repeated
        assert second.values != first.values
        assert [r.values for r in caption_all(LIBRARY, SHORT, paths, journal)] == [first.values, second.values]

    def test_the_same_picture_by_another_name_is_captioned_once_and_filed_twice(self, pictures, tmp_path):
        journal, copy = tmp_path / "results.jsonl", tmp_path / "copy.png"
        copy.write_bytes(pictures[0].read_bytes())
        first, second = caption_all(LIBRARY, SHORT, [pictures[0], copy], journal)
        assert (first.repeated, second.repeated) == (False, True)
        assert first.values == second.values
        assert [json.loads(line)["image"] for line in lines(journal)[1:]] == ["a.png", "copy.png"]

    def test_a_row_of_version_1_goes_by_its_name(self, pictures, tmp_path):
        journal = tmp_path / "results.jsonl"
        list(caption_all(LIBRARY, SHORT, pictures[:1], journal))
        head, row = lines(journal)
        old = json.loads(row)
        del old["sha256"]
        journal.write_text(f"{head}\n{json.dumps(old)}\n")
        before = journal.read_bytes()
        found = list(caption_all(LIBRARY, SHORT, [pictures[0], pictures[2]], journal))
        assert [r.repeated for r in found] == [True, False]
        assert journal.read_bytes().startswith(before)
        assert len(lines(journal)) == 3

    def test_a_name_of_bytes_that_are_no_text_is_one_escaped_row(self, pictures, tmp_path):
        odd, journal = pictures[2].rename(tmp_path / os.fsdecode(b"caf\xe9.png")), tmp_path / "results.jsonl"
        bad = pictures[1].rename(tmp_path / os.fsdecode(b"\xff.png"))
        results = list(caption_all(LIBRARY, SHORT, [pictures[0], odd, bad], journal))
        assert [r.image for r in results] == ["a.png", "caf\\xe9.png", "\\xff.png"]
        assert csv_table(results).encode().count(b"\\xe9.png") == 1
        assert [r.repeated for r in caption_all(LIBRARY, SHORT, [odd, bad], journal)] == [True, False]


class TestErrors:
    def test_a_picture_that_was_mended_is_tried_again(self, pictures, tmp_path):
        journal = tmp_path / "results.jsonl"
        list(caption_all(LIBRARY, SHORT, pictures, journal))
        tiny_models.picture(7).save(pictures[1])
        results = list(caption_all(LIBRARY, SHORT, pictures, journal))
        assert "caption" in results[1].values
        assert [r.repeated for r in results] == [True, False, True, True]
        assert all(r.repeated for r in caption_all(LIBRARY, SHORT, pictures, journal))

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (UserError("The hub is down.", "Try again."), "The hub is down. Try again."),
            (MemoryError(), "Something went wrong (MemoryError: no reason given)."),
            (RuntimeError("can't allocate\nmemory"), "Something went wrong (RuntimeError: can't allocate)."),
            (OSError(5, "Input/output error"), "Something went wrong (OSError: [Errno 5] Input/output error)."),
        ],
    )
    def test_what_failed_for_a_passing_reason_is_tried_again(self, pictures, tmp_path, monkeypatch, error, sentence):
        journal = tmp_path / "results.jsonl"

        def fail(*args, **kwargs):
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(batch.Session, "start", fail)
            for _ in range(2):
                [failed] = caption_all(LIBRARY, SHORT, pictures[:1], journal)
                assert failed.values == {"error": sentence}
        assert len(lines(journal)) == 2  # the same error is not written twice
        [found] = caption_all(LIBRARY, SHORT, pictures[:1], journal)
        assert found.values["caption"]
        assert [r.repeated for r in caption_all(LIBRARY, SHORT, pictures[:1], journal)] == [True]

    def test_a_picture_that_is_not_there_is_an_error_row(self, tmp_path):
        [missing] = caption_all(LIBRARY, SHORT, [tmp_path / "gone.png"])
        assert missing.values == {"error": "'gone.png' could not be read (no such file or directory)."}


class TestTwoRuns:
    def test_a_second_run_into_the_same_file_gets_one_sentence(self, pictures, tmp_path):
        journal = tmp_path / "results.jsonl"
        running = caption_all(LIBRARY, SHORT, pictures, journal)
        next(running)
        (tmp_path / "link.jsonl").symlink_to(journal)
        for same in (journal, tmp_path / "link.jsonl"):
            with pytest.raises(UserError, match=r"^Another run is writing to 'results\.jsonl'\. Wait until it ends"):
                list(caption_all(LIBRARY, SHORT, pictures, same))
        running.close()
        assert len(list(caption_all(LIBRARY, SHORT, pictures, journal))) == 4
        assert not list(tmp_path.glob(".*"))  # no lock is left behind


def test_a_result_that_cannot_be_written_is_yielded_first(pictures, tmp_path, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    running = caption_all(LIBRARY, SHORT, pictures, tmp_path / "results.jsonl")
    monkeypatch.setattr(os, "fsync", full)
    assert next(running).values["caption"]
    with pytest.raises(UserError, match=r"results\.jsonl' could not be written \(no space left on device\)"):
        next(running)


def test_results_as_csv(pictures):
    text = csv_table(list(caption_all(LIBRARY, SHORT, pictures)))
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert list(rows[0]) == [
        "image",
        "caption",
        "objective",
        *(f"loss {m}" for m in (SHORT.source, SHORT.target)),
        "error",
    ]
    assert [row["image"] for row in rows] == ["a.png", "b.png", "c.png", "d.png"]
    assert rows[1]["caption"] == rows[1]["objective"] == ""
    assert "is not a picture" in rows[1]["error"]
    assert float(rows[0]["objective"]) > 0


def test_a_place_that_cannot_be_written_gets_a_sentence(pictures, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        list(caption_all(LIBRARY, SHORT, pictures, tmp_path / "file" / "results.jsonl"))
