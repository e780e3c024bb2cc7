"""``batch`` and ``merge`` on tiny models: shards, what is refused, what is told of journals put together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fuse_core.library
from fuse_core.cli.parser import main
from tests.fuse_core import tiny_models
from tests.fuse_core.models.test_known import without

CONFIG = tiny_models.CONFIG.changed(steps=1)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Five pictures in a folder, the settings beside it; tiny models behind the command."""
    monkeypatch.setattr(fuse_core.library, "Library", tiny_models.shared_library)
    monkeypatch.chdir(tmp_path)
    Path("config.json").write_text(json.dumps(CONFIG.as_dict()))
    Path("pictures").mkdir()
    for seed, name in enumerate("abcde"):
        tiny_models.picture(seed).save(f"pictures/{name}.png")
    return tmp_path


def batch(*arguments: str) -> int:
    return main(["batch", "pictures", "--config", "config.json", *arguments])


def answer(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def last_line(capsys) -> str:
    return capsys.readouterr().err.splitlines()[-1]


def test_a_folder_is_captioned_as_caption_does_it(place, capsys):
    assert batch("--json") == 0
    found = answer(capsys)
    assert main(["caption", "pictures", "--config", "config.json", "--json"]) == 0
    assert answer(capsys) == found
    assert [row["image"] for row in found["results"]] == [f"{name}.png" for name in "abcde"]


def test_shards_merged_are_the_unsharded_journal_and_are_gone_on_with(place, capsys):
    assert batch("--out", "whole.jsonl") == 0
    for k in (1, 2):
        assert batch("--out", f"{k}.jsonl", "--shard", f"{k}/2") == 0
    capsys.readouterr()
    assert main(["merge", "1.jsonl", "2.jsonl", "--out", "all.jsonl", "--images", "pictures", "--json"]) == 0
    found = answer(capsys)
    assert [(part["shard"], part["captions"], part["cut"]) for part in found["files"]] == [
        ("1/2", 3, False),
        ("2/2", 2, False),
    ]
    assert (found["pictures"], found["captions"], found["missing"]) == (5, 5, [])
    assert Path("all.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()
    assert batch("--out", "all.jsonl", "--threads", "1") == 0
    assert capsys.readouterr().err.count("(known already)") == 5


def test_what_is_missing_is_told_and_the_others_are_written(place, capsys):
    assert batch("--out", "2.jsonl", "--shard", "2/3") == 0
    with Path("2.jsonl").open("a") as file:
        file.write('{"image": "c.p')
    assert main(["merge", "2.jsonl", "--out", "of-one.jsonl"]) == 2
    assert last_line(capsys).startswith("error: Killed while it was written, and perhaps not whole: 2.jsonl.")
    assert batch("--out", "1.jsonl", "--shard", "1/3") == 0
    assert main(["merge", "1.jsonl", "2.jsonl", "--out", "all.jsonl"]) == 2
    assert last_line(capsys) == "error: No file is of shard 3/3. Go on with them by batch --out 'all.jsonl'."
    assert main(["merge", "1.jsonl", "2.jsonl", "--out", "checked.jsonl", "--images", "pictures"]) == 2
    printed = capsys.readouterr()
    assert "error: 1 pictures have no result: c.png." in printed.err
    assert "half a line at its end" in printed.out
    assert "4 captions, 0 errors; 0 captions stood in a further file, too." in printed.out
    assert Path("checked.jsonl").read_text().count("caption") >= 4
    assert batch("--out", "checked.jsonl") == 0
    assert capsys.readouterr().err.count("(known already)") == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--shard", "3/2"], "'3/2' is no shard. Give i/n with i from 1 to n, such as 2/8"),
        (["--shard", ""], "'' is no shard"),
        (["--shard", "1/6"], "5 pictures are too few for 6 shards. Ask for at most 5."),
        (["--address", "auto"], "--address goes with --engine ray"),
        (["--workers", "2"], "--workers goes with --engine ray"),
        (["--threads", "0"], "--threads must be 1 or more, and is 0"),
        (["--engine", "ray"], "Ray is not installed. Run 'make ray', or 'pip install -r requirements-ray.txt'."),
    ],
)
def test_what_cannot_be_is_one_sentence(place, capsys, monkeypatch, arguments, sentence):
    without(monkeypatch, "ray")
    assert batch(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {sentence}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.jsonl", "--out", "a.jsonl"], "The file 'a.jsonl' for --out is one to be read"),
        (["a.jsonl", "a.jsonl", "--out", "b.jsonl"], "A file is given twice"),
        (["a.jsonl", "--out", "config.json"], "'config.json' is there already. Name another file for --out"),
        (["a.jsonl", "--out", "b.txt"], "'b.txt' does not end in .jsonl"),
        (["gone.jsonl", "--out", "b.jsonl"], "'gone.jsonl' could not be read (no such file or directory)"),
        (["config.json", "--out", "b.jsonl"], "'config.json' is not a file of batch results"),
        (["a.jsonl", "--out", "b.jsonl", "--images", "gone"], "There is no folder 'gone'"),
    ],
)
def test_what_cannot_be_merged_is_one_sentence(place, capsys, arguments, sentence):
    assert batch("--out", "a.jsonl") == 0
    capsys.readouterr()
    assert main(["merge", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {sentence}")
    assert not Path("b.jsonl").exists()


def test_a_file_is_no_folder(place, capsys):
    assert main(["batch", "config.json"]) == 2
    assert last_line(capsys) == "error: 'config.json' is no folder. Name a folder of pictures."
