"""A costly file is made by one process while the others wait for it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fuse_core.common.artefacts import exclusive_lock, get_or_create
from fuse_core.common.errors import UserError
from fuse_core.common.storage import write_atomically

# Another process: it says that it is at work, goes on when told to, and writes what it made.
MAKER = """
import sys
from pathlib import Path
from fuse_core.common.artefacts import exclusive_lock
path = Path(sys.argv[1])
with exclusive_lock(path):
    print("at work", flush=True)
    sys.stdin.readline()
    path.parent.mkdir(parents=True)
    path.write_text("theirs")
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen]:
    """A process that is making ``path``."""
    maker = subprocess.Popen(
        [sys.executable, "-c", MAKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert maker.stdout is not None
    assert maker.stdout.readline() == "at work\n"
    yield maker
    maker.kill()
    maker.communicate()


def text_of(path: Path, made: list[str], waiting=lambda: None) -> str:
    """The file's text, made by us when it is not there."""

    def make() -> str:
        made.append("ours")
        return "ours"

    return get_or_create(
        path,
        lambda: path.read_text() if path.exists() else None,
        make,
        lambda text: write_atomically(path, lambda temporary: temporary.write_text(text)),
        waiting,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kind" / "file.txt"


def test_what_was_made_once_is_found_and_its_folder_holds_nothing_else(path):
    made: list[str] = []
    assert [text_of(path, made), text_of(path, made)] == ["ours", "ours"]
    assert len(made) == 1
    assert os.listdir(path.parent) == ["file.txt"]


def test_who_waits_for_another_process_gets_what_that_made(path):
    made: list[str] = []
    with another_process(path) as maker:

        def let_it_finish() -> None:
            if maker.poll() is None:
                maker.communicate("\n")

        assert text_of(path, made, let_it_finish) == "theirs"
    assert not made


def test_another_path_does_not_wait(path, tmp_path):
    made: list[str] = []
    with another_process(path):
        assert text_of(tmp_path / "kind" / "other.txt", made, lambda: pytest.fail("waited")) == "ours"


def test_a_process_that_is_killed_holds_nobody_up(path):
    made: list[str] = []
    with another_process(path) as maker:
        assert text_of(path, made, maker.kill) == "ours"


def test_who_waits_may_give_up(path):
    class GivenUp(Exception):
        pass

    def give_up() -> None:
        raise GivenUp

    with another_process(path), pytest.raises(GivenUp), exclusive_lock(path, give_up):
        pytest.fail("let in")


def test_a_failure_lets_the_next_one_in(path):
    with pytest.raises(ZeroDivisionError), exclusive_lock(path):
        _ = 1 / 0
    with exclusive_lock(path, lambda: pytest.fail("still held")):
        pass


def test_where_nothing_can_be_written_it_is_made_all_the_same(path, caplog):
    path.parent.parent.rmdir()
    path.parent.parent.write_text("a file in the way")
    with caplog.at_level(logging.WARNING):
        assert text_of(path, []) == "ours"
    (warning,) = caplog.records
    assert "made again next time" in warning.getMessage()


def test_a_folder_that_is_read_only_lets_everybody_in(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock._unix.os.open", refuse)
    with exclusive_lock(path, lambda: pytest.fail("waited")):
        pass


def test_other_errors_of_keeping_are_not_hidden(path):
    def keep(_: str) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        get_or_create(path, lambda: None, lambda: "ours", keep)
    with pytest.raises(UserError):
        get_or_create(path, lambda: None, lambda: _refuse(), print)


def _refuse() -> str:
    raise UserError("No lexicon.")
