"""``compare`` over a folder, on tiny models."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import pytest

import fuse_core.library
import fuse_core.search.presets
from fuse_core.analysis.arms import ARMS
from fuse_core.cli.parser import main
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setattr(fuse_core.library, "Library", tiny_models.shared_library)
    monkeypatch.setattr(fuse_core.search.presets, "load_preset", lambda name: CONFIG)


@pytest.fixture
def folder(tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for k in range(2):
        tiny_models.picture(k).save(pictures / f"{k}.png")
    (pictures / "bad.png").write_bytes(b"no picture")
    return pictures


def test_every_picture_runs_under_every_arm_and_a_bad_one_costs_itself_alone(folder, capsys):
    record, before = folder.parent / "record.json", time.process_time()
    assert main(["compare", "--images", str(folder), "--steps", "2", "--json", "--record", str(record)]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert json.loads(record.read_text()) == answer
    assert [row["image"] for row in answer["results"]] == ["0.png", "1.png"]
    assert all(list(row["arms"]) == list(ARMS) for row in answer["results"])
    assert [row["image"] for row in answer["skipped"]] == ["bad.png"]
    assert answer["config"]["steps"] == 2
    assert "1.png, fuse + words: " in err
    session = Session.start(
        tiny_models.shared_library(), CONFIG.changed(steps=2, guidance="fuse", unit="both"), tiny_models.picture(1)
    )
    list(session.run())
    own = answer["results"][1]["arms"]["fuse + words"]
    assert (own["objective"], own["caption"]) == (session.best.objective, session.caption)
    both = [row["arms"]["lm"]["objective"] for row in answer["results"]]
    assert answer["arms"]["lm"]["objective"] == pytest.approx(statistics.fmean(both))
    assert {arm["evaluations"] for arm in answer["arms"].values()} == {answer["arms"]["lm"]["evaluations"]}
    spent = sum(arm["cpu_seconds"] for row in answer["results"] for arm in row["arms"].values())
    assert 0 < spent < time.process_time() - before
    assert main(["compare", "--read", str(record), "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| arm | mean objective |")
    assert [line.split(" | ")[0] for line in lines[2:9]] == [f"| {name}" for name in ARMS]


@pytest.mark.parametrize(("unit", "arms"), [("token", 4), ("both", 3)])
def test_a_unit_has_its_own_arms_and_the_table_says_what_the_differences_say(folder, capsys, unit, arms):
    assert main(["compare", "--images", str(folder), "--steps", "1", "--unit", unit]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Means over 2 pictures of pictures; lower is better."
    assert sum(line.split("  ")[0].strip() in ARMS for line in lines) == arms
    assert sum("So few pictures show nothing." in line for line in lines) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--images", "gone"], "There is no folder 'gone'"),
        (["--images", __file__], "is no folder"),
        (["--steps", "0"], "--steps must be a whole number from 1 to 256, got 0."),
        (["--record", "/dev/null"], "for --record is a folder or device"),
        (["--method", "random"], "The method random has no two arms."),
        (["--method", "gcg", "--unit", "both"], "The method gcg has no two arms with tokens and whole words."),
        (["--seed", "1", "-2"], "--seed must be a whole number from 0"),
        (["--read", "r.json", "--seed", "2"], "--seed goes without --read"),
        (["--json", "--markdown"], "--json and --markdown are two forms of one answer."),
        (["--read", "r.json", "--steps", "2"], "--steps goes without --read"),
        (["--read", "r.json", "--preset", "offline-caption"], "--preset goes without --read"),
        (["--read", "gone.json"], "'gone.json' could not be read"),
        (["--read", "gone.json", "--shard", "1/2"], "--shard goes without --read"),
        (["--read", "gone.json", "--record", "r.json"], "--record goes without --read"),
        (["--shard", "2/1"], "'2/1' is no shard."),
        (["--shard", "1/99"], "24 pictures are too few for 99 shards."),
    ],
)
def test_what_cannot_be_is_said_before_the_work(capsys, arguments, sentence):
    assert main(["compare", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert sentence in line


def test_a_folder_without_a_good_picture_is_an_error(tmp_path, capsys):
    (tmp_path / "b.png").write_bytes(b"no picture")
    assert main(["compare", "--images", str(tmp_path)]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "error: None of the pictures could be compared. 'b.png' is not a picture. " + last.split(". ", 2)[-1]


def test_a_picture_counts_once_by_its_mean_over_the_seeds(folder, capsys):
    arguments = ["compare", "--images", str(folder), "--method", "gcg", "--steps", "1", "--seed", "3", "5", "--json"]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["pictures"], answer["seeds"], answer["config"]["seed"]) == (2, [3, 5], 3)
    rows = [("0.png", 3), ("0.png", 5), ("1.png", 3), ("1.png", 5)]
    assert [(row["image"], row["seed"]) for row in answer["results"]] == rows
    assert list(answer["arms"]) == ["random", "lm", "fuse", "target"]
    objectives = [row["arms"]["fuse"]["objective"] for row in answer["results"]]
    assert objectives[0] != objectives[1]
    assert answer["arms"]["fuse"]["objective"] == pytest.approx(statistics.fmean(objectives))
    assert answer["pairs"][0]["lower"] + answer["pairs"][0]["higher"] <= 2


def without_times(record: dict) -> dict:
    """A record without what the clock says."""
    for arm in (*record["arms"].values(), *(arm for row in record["results"] for arm in row["arms"].values())):
        del arm["cpu_seconds"]
    return record


def test_shards_read_together_are_the_record_of_all_pictures(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (folder / "notes.txt").write_text("no picture")
    settings = ["compare", "--images", str(folder), "--unit", "both", "--steps", "1", "--seed", "5", "3"]
    assert main([*settings, "--record", "whole.json"]) == 0
    for k in (1, 2):
        assert main([*settings, "--shard", f"{k}/2", "--record", f"{k}.json"]) == 0
    capsys.readouterr()
    assert main(["compare", "--read", "2.json", "1.json", "--record", "all.json"]) == 0
    assert capsys.readouterr().out.startswith("Means over 2 pictures of pictures")
    whole, put_together = (without_times(json.loads(Path(name).read_text())) for name in ("whole.json", "all.json"))
    for record in (whole, put_together):
        record["skipped"].sort(key=lambda row: row["image"])
    assert put_together == whole
    for files, sentence in (
        (["1.json", "whole.json"], "'whole.json' is of all pictures"),
        (["1.json", "1.json"], "A file is given twice"),
        (["1.json", "other.json"], "'1.json' and 'other.json' differ in 'seeds'"),
        (["1.json", "copy.json"], "'1.json' and 'copy.json' are both of shard 1/2"),
        (["far.json", "farther.json"], "No file is of shard 1/9, 4/9, 5/9, 6/9, 7/9, 8/9, 9/9"),
    ):
        first = json.loads(Path("1.json").read_text())
        Path("copy.json").write_text(json.dumps(first))
        Path("other.json").write_text(json.dumps(first | {"seeds": [1]}))
        Path("far.json").write_text(json.dumps(first | {"shard": "2/9"}))
        Path("farther.json").write_text(json.dumps(first | {"shard": "3/9"}))
        assert main(["compare", "--read", *files]) == 2
        assert capsys.readouterr().err.startswith(f"error: {sentence}")
