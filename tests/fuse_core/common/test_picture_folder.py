"""Which files of a folder are pictures."""

from __future__ import annotations

import os

import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.picture_folder import look_through
from tests.fuse_core.tiny_models import picture


def test_pictures_of_a_folder_by_name(tmp_path):
    for name in ("b.PNG", "a.jpg", "notes.txt", "c.webp", ".hidden", "d.jfif", "e.avif"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    found = look_through(tmp_path)
    assert [p.name for p in found.pictures] == ["a.jpg", "b.PNG", "c.webp", "d.jfif", "e.avif"]
    assert found.skipped == "Skipped, as no picture can be read from it: .hidden, notes.txt."


@pytest.mark.parametrize("name", ["photo", "photo.ppm", "photo.jp2", "photo.dat", ".photo.jpg", "._photo.jpg"])
def test_the_decoder_decides_and_not_the_name(tmp_path, name):
    picture().save(tmp_path / name, "PNG")
    assert [p.name for p in look_through(tmp_path).pictures] == [name]


def test_what_macos_files_beside_a_picture_is_none(tmp_path):
    (tmp_path / "._A.JPG").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    picture().save(tmp_path / "A.JPG", "JPEG")
    found = look_through(tmp_path)
    assert [p.name for p in found.pictures] == ["A.JPG"]
    assert found.skipped == "Skipped, as no picture can be read from it: ._A.JPG."


def test_a_drawing_for_another_program_is_no_picture(tmp_path):
    picture().save(tmp_path / "a.eps", "EPS")
    with pytest.raises(UserError, match=r"There are no pictures in .* can be read from it: a\.eps\."):
        look_through(tmp_path)


def test_many_files_are_counted(tmp_path):
    for k in range(15):
        (tmp_path / f"{k:02d}.txt").touch()
    picture().save(tmp_path / "a.png")
    assert look_through(tmp_path).skipped.endswith("08.txt, 09.txt and 5 more.")


def test_a_name_of_bytes_that_are_no_text_is_escaped(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).touch()
    picture().save(tmp_path / "a.png")
    assert look_through(tmp_path).skipped.endswith(r": caf\xe9.txt.")


def test_a_folder_without_files_is_named(tmp_path):
    with pytest.raises(UserError, match=r"There are no pictures in '.*'\. It has no files\."):
        look_through(tmp_path)


@pytest.mark.parametrize("name", ["gone", "a" * 300])
def test_a_folder_that_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(UserError, match=rf"'.*{name}' could not be read \("):
        look_through(tmp_path / name)
