"""``fidelity`` over a folder, on tiny models."""

from __future__ import annotations

import pytest

import fuse_core.library
from fuse_core.analysis.fidelity_report import words_for
from fuse_core.cli.fidelity_command import measure_folder
from fuse_core.cli.parser import main
from fuse_core.common.errors import UserError
from tests.fuse_core import tiny_models


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setattr(fuse_core.library, "Library", tiny_models.shared_library)


def test_a_bad_picture_costs_itself_alone(tmp_path, capsys):
    tiny_models.picture(0).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("words")
    run, skipped = measure_folder(tiny_models.CONFIG, tmp_path, 300, words_for("auto"))
    assert {context.image for context in run.contexts} == {"a.png"}
    assert run.image == "a.png"
    assert [row["image"] for row in skipped] == ["notes.txt", "b.png"]
    assert "Left out: b.png. 'b.png' is not a picture." in capsys.readouterr().err


def test_the_table_says_what_the_page_says(tmp_path, capsys):
    tiny_models.picture(0).save(tmp_path / "a.png")
    arguments = ["fidelity", "--preset", "paper-caption", "--images", str(tmp_path), "--candidates", "300"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "4 contexts of 1 picture, 300 candidates each" in told
    assert "the one chosen afterwards by the true losses" in told
    assert "Recall of the best 16 in the top 256: FUSE" in told
    assert "nan" not in told


def test_a_folder_without_a_good_picture_is_an_error(tmp_path):
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"None of the pictures in '.*' can be opened"):
        measure_folder(tiny_models.CONFIG, tmp_path, 300, words_for("auto"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--images", "a" * 300], "could not be read (file name too long)"),
        (["--images", "gone"], "There is no folder 'gone'"),
        (["--images", __file__], "is no folder"),
        (["--points"], "--points adds to the JSON alone. Give --json, too."),
        (["--record", "/dev/null"], "for --record is a folder or device"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(capsys, arguments, sentence):
    assert main(["fidelity", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert sentence in line
