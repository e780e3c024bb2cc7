"""``evaluate`` on tiny models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import fuse_core.library
from fuse_core.analysis.captions import evaluation
from fuse_core.analysis.captions.metrics.metric import METRICS
from fuse_core.cli.parser import main
from tests.fuse_core import tiny_models
from tests.fuse_core.models.test_known import without

CONFIG = tiny_models.CONFIG.changed(steps=1)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Three pictures, two of them in the set, which has one more; tiny models behind the command."""
    monkeypatch.setattr(fuse_core.library, "Library", tiny_models.shared_library)
    monkeypatch.setattr(evaluation, "METRICS", {name: METRICS[name] for name in ("BLEU", "CIDEr-D", "SPICE")})
    without(monkeypatch, "pycocoevalcap")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG.as_dict()))
    (tmp_path / "pictures").mkdir()
    for seed, name in enumerate(("a.png", "b.png", "other.png")):
        tiny_models.picture(seed).save(tmp_path / "pictures" / name)
    images = [{"id": k, "file_name": f"{name}.png"} for k, name in enumerate("abc")]
    texts = enumerate(("a cat on a mat", "two dogs", "a rocket"))
    (tmp_path / "set.json").write_text(
        json.dumps({"images": images, "annotations": [{"image_id": k, "caption": text} for k, text in texts]})
    )
    return tmp_path


def run(place: Path, *arguments: object) -> int:
    return main(["evaluate", "--captions", str(place / "set.json"), *map(str, arguments)])


def making(place: Path) -> tuple[object, ...]:
    return ("--images", place / "pictures", "--config", place / "config.json")


def test_captions_are_made_judged_gone_on_with_and_judged_again(place, capsys):
    out = place / "run.jsonl"
    answers = []
    for arguments in ((*making(place), "--out", out), (*making(place), "--out", out), ("--results", out)):
        assert run(place, *arguments, "--json") == 0
        printed = capsys.readouterr()
        answers.append(json.loads(printed.out))
        assert ("a.png (known already): " in printed.err) == (len(answers) == 2)
        if "--images" in arguments:
            assert "Left out, as 'set.json' has no captions for them: 1 pictures." in printed.err
            assert "Of the pictures of 'set.json', 1 are not in" in printed.err
    first, again, read = answers
    assert (first["pictures"], first["of"]) == (2, 3)
    assert [row["image"] for row in first["results"]] == ["a.png", "b.png"]
    assert first["results"] == again["results"] == read["results"]
    assert first["config"]["steps"] == 1
    assert list(first["metrics"]) == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr-D"]
    assert "'pycocoevalcap' is not installed" in first["missing"]["SPICE"]


def test_a_baseline_is_compared_and_written_in_every_form(place, capsys):
    paths = {name: place / f"x.{name}" for name in ("csv", "markdown", "record")}
    ours, theirs = place / "ours.jsonl", place / "theirs.jsonl"
    assert run(place, *making(place), "--out", ours) == 0
    arguments = ("--baseline", "retrieval", "--target", CONFIG.target, "--out", theirs, "--against", ours)
    files = [word for name, path in paths.items() for word in (f"--{name}", path)]
    assert run(place, "--images", place / "pictures", *arguments, *files) == 0
    printed = capsys.readouterr().out
    assert all(heading in printed for heading in ("compared with", "ours", "difference", "lower and higher on"))
    record = json.loads(paths["record"].read_text())
    assert record["results"][1]["caption"] in ("a cat on a mat", "a rocket")
    assert record["against"][0]["name"] == "ours"
    assert paths["csv"].read_text("utf-8-sig").startswith('"image","caption","BLEU-1",')
    assert '<img src="pictures/a.png"' in paths["markdown"].read_text()
    assert json.loads(theirs.read_text().splitlines()[0])["baseline"].startswith("retrieval ")
    assert run(place, *making(place), "--out", theirs) == 2
    assert "'theirs.jsonl' holds results of other settings" in capsys.readouterr().err


def test_a_picture_that_cannot_be_read_costs_itself_and_the_exit_code(place, capsys):
    (place / "pictures" / "b.png").write_bytes(b"no picture")
    assert run(place, *making(place), "--json") == 2
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [row["image"] for row in answer["results"]] == ["a.png"]
    assert [row["image"] for row in answer["without"]] == ["b.png"]
    assert "error: 1 picture got no caption; 'b.png': " in printed.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Give --images to make them, or --results to read them"),
        (("--results", "r", "--steps", 3), "--steps goes without --results"),
        (("--results", "r", "--baseline", "retrieval"), "--baseline goes without --results"),
        (("--images", "i", "--baseline", "retrieval", "--steps", 3), "--steps goes without --baseline"),
        (
            ("--images", "i", "--baseline", "top-class", "--sentiment", "positive"),
            "--sentiment goes without --baseline",
        ),
        (("--images", "i", "--caption-list", "l"), "--caption-list goes with --baseline retrieval"),
        (("--results", "r", "--images", "i"), "--images goes without --results"),
        (("--images", "gone"), "There is no folder 'gone'"),
        (("--images", __file__), "is no folder"),
        (("--images", Path(__file__).parents[3] / "assets" / "images"), "None of the pictures of 'set.json' are in"),
        (("--results", "gone.jsonl"), "gone.jsonl' could not be read"),
        (("--results", __file__), "is not a file of batch results"),
        (("--images", "i", "--csv", "/dev/null"), "for --csv is a folder or device"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(place, capsys, arguments, sentence):
    assert run(place, *arguments) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("error: ")
    assert sentence in line


def test_a_list_without_captions_is_refused(place, capsys):
    (place / "list.txt").write_text("\n \n")
    arguments = ("--baseline", "retrieval", "--target", CONFIG.target, "--caption-list", place / "list.txt")
    assert run(place, "--images", place / "pictures", *arguments) == 2
    assert "list.txt' holds no captions. Write one a line." in capsys.readouterr().err


def test_captions_without_end_are_refused(place, capsys):
    head = json.dumps({"format": "fuse-explorer-batch", "config": CONFIG.as_dict()})
    (place / "x.jsonl").write_text(f'{head}\n{{"image": "a.png", "caption": "{"x" * 2001}"}}\n')
    assert run(place, "--results", place / "x.jsonl") == 2
    assert "'caption of a.png' has 2,001 characters; 2,000 is the most." in capsys.readouterr().err


def test_a_set_is_not_written_over(place, capsys):
    assert run(place, *making(place), "--csv", place / "set.json") == 2
    assert "set.json' for --csv is one to be read. Name another file." in capsys.readouterr().err
    assert json.loads((place / "set.json").read_text())["images"]
