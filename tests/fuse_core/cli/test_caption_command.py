"""``caption`` on tiny models: what it writes, what it refuses, and what it prints all the same."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest

import fuse_core.library
from fuse_core.cli.parser import main
from fuse_core.search.batch import Written, caption_all
from fuse_core.search.saved_session import SavedSession
from tests.fuse_core import tiny_models

CONFIG = tiny_models.CONFIG.changed(steps=1)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Two pictures, and tiny models behind the command."""
    monkeypatch.setattr(fuse_core.library, "Library", tiny_models.shared_library)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG.as_dict()))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        tiny_models.picture(seed).save(pictures / name)
    return pictures


def run(folder: Path, *arguments: object) -> int:
    return main(["caption", *map(str, arguments), "--config", str(folder.parent / "config.json")])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_one_picture_has_a_table_too(folder, tmp_path, capsys):
    out, table = tmp_path / "new" / "run.json", tmp_path / "new" / "run.csv"
    assert run(folder, folder / "a.png", "--out", out, "--csv", table, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    [row] = rows(table)
    assert (row["image"], row["caption"], row["error"]) == ("a.png", answer["caption"], "")
    assert SavedSession.parse(out.read_text("utf-8")).picture_name == "a.png"


def test_a_caption_that_ends_is_the_answer_and_all_that_end_are_told(folder, capsys):
    given = ("--ending", "free", "--unit", "both", "--candidates", "20", "--steps", "2")
    assert run(folder, folder / "a.png", *given, "--json") == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    told = answer["finished"]
    assert (answer["caption"], answer["objective"], answer["losses"]) == tuple(
        told[0][name] for name in ("text", "objective", "losses")
    )
    assert [one["objective"] for one in told] == sorted(one["objective"] for one in told)
    assert {one["step"] for one in told} == {1, 2}
    assert f"| finished: {answer['objective']:.3f} {answer['caption']}" in printed.err
    assert run(folder, folder / "a.png", "--json", "--suffix", " in a box", "--ending", "free") == 2
    assert "--ending cannot be 'free': a suffix follows the caption" in capsys.readouterr().err


def test_a_folder_goes_on_and_names_what_it_skips(folder, tmp_path, capsys):
    (folder / "notes.txt").write_text("words")
    (folder / "._a.JPG").write_bytes(b"\0\5\x16\7")
    journal, table = tmp_path / "out.JSONL", tmp_path / "out.csv"
    for known in ("", " (known already)"):
        assert run(folder, folder, "--out", journal, "--csv", table, "--json") == 0
        printed = capsys.readouterr()
        answer = json.loads(printed.out)
        assert f"[1/2] a.png{known}: " in printed.err
        assert "Skipped, as no picture can be read from it: ._a.JPG, notes.txt." in printed.err
        assert answer["skipped"] == ["._a.JPG", "notes.txt"]
        assert [row["image"] for row in rows(table)] == ["a.png", "b.png"]
    assert len(journal.read_text("utf-8").splitlines()) == 3


def test_a_folder_where_every_picture_fails_is_an_error(folder, capsys):
    for path in folder.iterdir():
        path.write_bytes(b"no picture")
    assert run(folder, folder, "--json") == 2
    printed = capsys.readouterr()
    assert all("is not a picture" in row["error"] for row in json.loads(printed.out)["results"])
    assert printed.err.endswith("error: None of the pictures could be captioned. The rows say why.\n")


@pytest.mark.parametrize("option", ["--out", "--csv"])
@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("pictures", "is a folder or device. Name a file"),
        ("config.json/x", "cannot be written (its folder is a file)"),
        ("x" * 300, "cannot be written (file name too long)"),
        ("x" * 250, "cannot be written (file name too long)"),
        ("/dev/null", "is a folder or device. Name a file"),
        ("/proc/x/y", "cannot be written ("),
        ("loop/x", "cannot be written ("),
        ("pictures/a.png", "is one to be read"),
    ],
)
def test_outputs_are_tried_before_the_work(folder, tmp_path, capsys, monkeypatch, option, place, why):
    monkeypatch.setattr(fuse_core.library, "Library", lambda: None)  # nothing can be asked of it
    (tmp_path / "loop").symlink_to("loop")
    before = (folder / "a.png").read_bytes()
    for picture in (folder, folder / "a.png"):
        assert run(folder, picture, option, tmp_path / place) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        [line] = printed.err.splitlines()
        assert line.startswith("error: The file '")
        assert why in line
    assert (folder / "a.png").read_bytes() == before
    assert Path("/dev/null").is_char_device()


def test_two_outputs_are_two_files(folder, tmp_path, capsys):
    assert run(folder, folder, "--out", tmp_path / "x", "--csv", tmp_path / "new" / ".." / "x") == 2
    assert "is that for --out, too. Name two files." in capsys.readouterr().err


@pytest.mark.parametrize("picture", ["", "a.png"])
def test_the_answer_is_printed_though_the_disk_is_full(folder, tmp_path, capsys, monkeypatch, picture):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    table = tmp_path / "x.csv"
    assert run(folder, folder / picture, "--csv", table, "--json") == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)
    last = printed.err.splitlines()[-1]
    assert last.startswith("error: 'x.csv' could not be saved in ")
    assert last.endswith("(no space left on device). The answer is on stdout.")


def test_what_there_is_is_printed_though_the_journal_cannot_go_on(folder, tmp_path, capsys, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(folder, folder, "--out", tmp_path / "x.jsonl", "--json") == 2
    printed = capsys.readouterr()
    assert [row["image"] for row in json.loads(printed.out)["results"]] == ["a.png"]
    assert "x.jsonl' could not be written (no space left on device)" in printed.err.splitlines()[-1]


def test_a_journal_in_use_gets_one_sentence(folder, tmp_path, capsys):
    journal = tmp_path / "x.jsonl"
    running = caption_all(tiny_models.shared_library(), CONFIG, [folder / "a.png"], journal)
    next(running)
    assert run(folder, folder, "--out", journal) == 2
    assert capsys.readouterr().err == (
        "error: Another run is writing to 'x.jsonl'. Wait until it ends, or choose another file.\n"
    )
    running.close()


def test_names_of_bytes_that_are_no_text_are_escaped_everywhere(folder, tmp_path, capsys):
    (folder / "b.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
    (folder / "a.png").rename(folder / os.fsdecode(b"\xff.png"))
    out, table = tmp_path / "x.json", tmp_path / "x.csv"
    assert run(folder, folder, "--out", out, "--csv", table, "--json") == 0
    names = ["caf\\xe9.png", "\\xff.png"]
    assert [row["image"] for row in json.loads(capsys.readouterr().out)["results"]] == names
    assert [row["image"] for row in json.loads(out.read_text("utf-8"))["results"]] == names
    assert [row["image"] for row in rows(table)] == names
    assert run(folder, folder / os.fsdecode(b"\xff.png"), "--out", out, "--json") == 0
    assert SavedSession.parse(out.read_text("utf-8")).picture_name == "\\xff.png"


class TestStdout:
    @pytest.fixture
    def stdout(self, monkeypatch):
        """A stdout of the encoding asked for, and what was written to it."""

        def use(encoding: str) -> io.BytesIO:
            written = io.BytesIO()
            monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
            return written

        return use

    @pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1", "cp1252"])
    def test_json_goes_through_any_encoding(self, folder, stdout, encoding):
        (folder / "a.png").rename(folder / "café 😀.png")
        written = stdout(encoding)
        assert run(folder, folder, "--json") == 0
        answer = json.loads(written.getvalue().decode(encoding))
        assert [row["image"] for row in answer["results"]] == ["b.png", "café 😀.png"]

    @pytest.mark.parametrize(("encoding", "shown"), [("ascii", rb"caf\xe9.png"), ("utf-8", "café.png".encode())])
    def test_a_table_shows_what_the_encoding_can(self, folder, stdout, encoding, shown):
        (folder / "a.png").rename(folder / "café.png")
        written = stdout(encoding)
        assert run(folder, folder) == 0
        assert shown in written.getvalue()

    def test_a_full_disk_behind_it_gets_a_sentence(self, folder, monkeypatch, capsys):
        with open("/dev/full", "w") as full, monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", full)
            assert run(folder, folder / "a.png", "--json") == 2
        assert "error: The answer could not be printed (no space left on device)." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a" * 300 + ".jpg", "could not be read (file name too long). Check"),
        ("gone.jpg", "no picture or folder 'gone.jpg'"),
    ],
)
def test_a_path_where_nothing_can_be_gets_a_sentence(folder, capsys, name, sentence):
    assert run(folder, name) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert sentence in line


@pytest.mark.parametrize("option", ["--lm-weight", "--image-weight", "--guidance-weight"])
@pytest.mark.parametrize("value", ["1.7e308", "1e999", "nan", "-1"])
def test_a_weight_that_leads_to_no_number_is_refused(folder, capsys, option, value):
    assert run(folder, folder / "a.png", option, value) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert option.strip("-").replace("-", "_") in line.replace("-", "_")


def test_text_that_cannot_be_encoded_is_refused(folder, capsys):
    for option in ("--prefix", "--pin"):
        assert run(folder, folder / "a.png", option, os.fsdecode(b"caf\xe9")) == 2
        assert f"error: {option} holds" in capsys.readouterr().err


def test_a_number_that_is_not_finite_is_null(folder, capsys, monkeypatch):
    values = {"caption": "x", "objective": float("inf"), "losses": {"m": float("nan")}}
    monkeypatch.setattr("fuse_core.search.batch._optimise", lambda *args: Written(values))
    assert run(folder, folder, "--json") == 0
    out = capsys.readouterr().out
    assert json.loads(out, parse_constant=lambda name: pytest.fail(name))["results"][0]["objective"] is None


class TestOtherGoals:
    def test_a_text_needs_no_picture(self, folder, tmp_path, capsys):
        out = tmp_path / "run.json"
        assert run(folder, "--goal", "text", "--wanted-text", "a dog", "--out", out, "--json") == 0
        assert json.loads(capsys.readouterr().out)["caption"]
        saved = SavedSession.parse(out.read_text("utf-8"))
        assert (saved.pictures, saved.picture_name, saved.config.goal) == ((), "", "text")

    def test_several_pictures_are_kept_in_the_run(self, folder, tmp_path):
        out = tmp_path / "run.json"
        assert run(folder, folder / "a.png", "--with", folder / "b.png", "--out", out) == 0
        assert len(SavedSession.parse(out.read_text("utf-8")).pictures) == 2

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (["a.png", "--goal", "text", "--wanted-text", "a dog"], "No term of these settings looks at a picture"),
            ([], "There is no picture. Name one, or a folder; or set --goal text, or --target none"),
            ([".", "--with", "a.png"], "--with adds pictures to one picture, not to a folder"),
            ([".", "--target", "none"], "No term of these settings looks at a picture"),
            (["--target", "none", "--with", "a.png"], "--with adds pictures to a first one"),
            (["--goal", "text"], "--wanted-text is empty, and --goal is 'text'"),
            (["--term", "fluency", "weight=2"], "model of --term must be text, and is missing"),
            (["--term", "fluency", "model=x", "weight=much"], "weight of --term must be a number"),
            (["--term", "magic", "model=x"], "kind of --term must be one of fluency"),
            (["--term", "fluency", "a.png"], "--term fluency cannot take 'a.png'"),
        ],
    )
    def test_what_does_not_fit_together_is_refused(self, folder, monkeypatch, capsys, given, message):
        monkeypatch.chdir(folder)
        assert run(folder, *given) == 2
        assert message in capsys.readouterr().err
