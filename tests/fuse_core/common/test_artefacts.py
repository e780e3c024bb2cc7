"""The artefact store: what it finds, what it makes again, and how processes, threads and users share it."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fuse_core.common.artefacts import ENTRY, Artefact, ArtefactStore
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress

SECONDS = 60  # until another process or thread that should have gone on counts as stuck

# Another process: it says that it is at work, goes on when told to, and makes "theirs". With a second argument it
# waits when a half of its files is written, so that it can be killed there.
MAKER = """
import sys
from pathlib import Path
from fuse_core.common.artefacts import Artefact, ArtefactStore

def write(text, folder):
    (folder / "text").write_text(text)
    if len(sys.argv) > 2:
        print("half written", flush=True)
        sys.stdin.readline()

def make(report):
    report(0.25, "a quarter")
    print("at work", flush=True)
    if len(sys.argv) <= 2:
        sys.stdin.readline()
    return "theirs"

artefact = Artefact("kind", "thing", {"of": "tests"}, lambda folder: (folder / "text").read_text(), write)
ArtefactStore(Path(sys.argv[1])).get_or_create(artefact, make)
"""


def read(folder: Path) -> str:
    text = (folder / "text").read_text("utf-8")
    if not text:
        raise ValueError("it is empty")
    return text


THING = Artefact(
    kind="kind",
    name="thing",
    identity={"of": "tests"},
    read=read,
    write=lambda text, folder: (folder / "text").write_text(text, "utf-8"),
    about=lambda text: {"letters": len(text)},
)


class Maker:
    """Makes "ours" and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, report: Progress) -> str:
        self.times += 1
        return "ours"


@pytest.fixture
def store(tmp_path) -> ArtefactStore:
    return ArtefactStore(tmp_path / "cache")


@pytest.fixture
def make() -> Maker:
    return Maker()


@contextmanager
def another_process(store: ArtefactStore, *arguments: str) -> Iterator[subprocess.Popen]:
    """A process that is making the thing."""
    command = [sys.executable, "-c", MAKER, str(store.root), *arguments]
    maker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert maker.stdout is not None
    assert maker.stdout.readline() == "at work\n"
    yield maker
    maker.kill()
    maker.communicate()


def names(folder: Path) -> list[str]:
    """What a folder holds, hidden files too; nothing when it is missing."""
    return sorted(os.listdir(folder)) if folder.exists() else []


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# --- Finding and making -----------------------------------------------------------------------------------------------


def test_what_was_made_once_is_found_and_nothing_else_is_left(store, make, caplog):
    assert not store.has(THING)
    assert [store.get_or_create(THING, make) for _ in range(2)] == ["ours", "ours"]
    assert make.times == 1
    assert store.has(THING)
    assert names(store.root / "kind") == [THING.entry]
    assert names(store.folder(THING)) == [ENTRY, "text"]
    assert names(store.root / "staging") == []
    assert warnings(caplog) == []


def test_another_identity_is_another_entry(store, make):
    changed = [replace(THING, identity=identity) for identity in ({"of": "x"}, {}, {"of": "tests", "more": 1})]
    for artefact in (THING, *changed, replace(THING, name="other"), replace(THING, kind="other")):
        store.get_or_create(artefact, make)
    assert make.times == 6
    assert store.folder(replace(THING, identity={"of": "tests"})) == store.folder(THING)


def test_facts_of_the_newest_entry_can_be_had_without_its_identity(store):
    assert store.about("kind", "thing") == {}
    for k, text in enumerate(("one", "three")):
        artefact = replace(THING, identity={"k": k})
        store.get_or_create(artefact, lambda report, text=text: text)
        os.utime(store.folder(artefact) / ENTRY, (k, k))
    store.get_or_create(replace(THING, name="thing-of-another-name"), lambda report: "x")
    assert store.about("kind", "thing") == {"letters": 5}


def test_what_came_with_the_program_is_read_and_never_written(store, make, tmp_path, caplog):
    deployed = ArtefactStore(store.root, tmp_path / "deployed")
    ArtefactStore(deployed.deployed).get_or_create(THING, lambda report: "theirs")
    assert deployed.has(THING)
    assert deployed.about("kind", "thing") == {"letters": 6}
    assert deployed.get_or_create(THING, make) == "theirs"
    assert make.times == 0
    assert names(store.root / "kind") == []
    (deployed.folder(THING) / "text").write_text("their")
    assert [deployed.get_or_create(THING, make) for _ in range(2)] == ["ours", "ours"]
    assert make.times == 1
    assert deployed.folder(THING).is_relative_to(store.root)
    assert (deployed.deployed / THING.kind / THING.entry / "text").read_text() == "their"
    [warning] = warnings(caplog)
    assert "is made again" in warning


def test_entries_of_before_digests_were_kept_and_with_files_beside_are_whole(store, make):
    store.get_or_create(THING, make)
    entry = store.folder(THING) / ENTRY
    described = json.loads(entry.read_text("utf-8"))
    assert described.pop("sha256") == {"text": hashlib.sha256(b"ours").hexdigest()}
    (entry.parent / ".of-the-desktop").touch()
    for older in (described, described | {"sha256": {}}):
        entry.write_text(json.dumps(older), "utf-8")
        assert store.get_or_create(THING, make) == "ours"
    assert make.times == 1


@pytest.mark.parametrize(("number", "times"), [(1.5, 1), (float("nan"), 2), (float("inf"), 2)])
def test_tensors_of_before_digests_were_kept_are_made_again_where_they_are_no_numbers(store, number, times):
    """A bit of an exponent makes one, and it reads as well as others do."""
    made = []
    tensors = Artefact("kind", "thing", {}, read=lambda folder: 1, write=lambda thing, folder: None)

    def make(report: Progress) -> int:
        made.append(1)
        return 1

    store.get_or_create(tensors, make)
    folder = store.folder(tensors)
    save_file({"x": torch.tensor([1.0, number]), "n": torch.arange(2)}, folder / "x.safetensors")
    (folder / ENTRY).write_text('{"identity": {}, "about": {}}')
    store.get_or_create(tensors, make)
    assert len(made) == times


def test_what_a_killed_process_said_goes_once_the_thing_is_had(store, make):
    store.get_or_create(THING, make)
    (lock,) = (store.root / "locks").iterdir()
    lock.with_suffix(".json").write_text('[0.5, "half"]')
    store.get_or_create(THING, make)
    assert names(lock.parent) == [lock.name]
    assert make.times == 1


def empty_text(folder: Path) -> None:
    (folder / "text").write_text("")


def flipped_bit(folder: Path) -> None:
    """Still a text of the same length."""
    (folder / "text").write_text("ourr")


def no_text(folder: Path) -> None:
    (folder / "text").unlink()


def no_description(folder: Path) -> None:
    (folder / ENTRY).unlink()


def cut_description(folder: Path) -> None:
    (folder / ENTRY).write_text('{"identity"')


def description_of_something_else(folder: Path) -> None:
    (folder / ENTRY).write_text(json.dumps({"identity": {"of": "others"}}))


def list_as_description(folder: Path) -> None:
    (folder / ENTRY).write_text("[]")


def file_in_its_place(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file")


@pytest.mark.parametrize(
    "damage",
    [
        empty_text,
        flipped_bit,
        no_text,
        no_description,
        cut_description,
        description_of_something_else,
        list_as_description,
        file_in_its_place,
    ],
)
def test_a_damaged_or_foreign_entry_is_made_again_with_one_warning(store, make, caplog, damage):
    store.get_or_create(THING, make)
    damage(store.folder(THING))
    assert store.get_or_create(THING, make) == "ours"
    assert make.times == 2
    (warning,) = warnings(caplog)
    assert THING.entry in warning
    assert "is damaged and is made again" in warning
    store.get_or_create(THING, make)
    assert make.times == 2
    assert len(warnings(caplog)) == 1


def test_a_failure_is_passed_on_leaves_nothing_and_lets_the_next_one_try(store, make):
    def fail(report: Progress) -> str:
        report(0.5, "half")
        raise UserError("No lexicon.")

    with pytest.raises(UserError, match="No lexicon"):
        store.get_or_create(THING, fail)
    assert names(store.root / "kind") == names(store.root / "staging") == []
    assert store.get_or_create(THING, make) == "ours"


# --- A cache that cannot be written -----------------------------------------------------------------------------------


def test_where_nothing_can_be_written_it_is_made_all_the_same_with_a_warning(store, make, caplog):
    store.root.write_text("a file in the way")
    assert store.get_or_create(THING, make) == "ours"
    (warning,) = warnings(caplog)
    assert "point FUSE_CACHE at a folder that can be written" in warning
    assert "made again next time" in warning


def test_a_disk_that_fills_up_leaves_no_half_entry(store, make, caplog):
    def fill(text: str, folder: Path) -> None:
        (folder / "text").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    assert store.get_or_create(replace(THING, write=fill), make) == "ours"
    assert names(store.root / "kind") == names(store.root / "staging") == []
    assert "no space left on device" in warnings(caplog)[0]


def test_other_errors_of_writing_are_not_hidden(store, make):
    def write(text: str, folder: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.get_or_create(replace(THING, write=write), make)


def test_scratch_that_cannot_be_had_is_a_user_error(store):
    store.root.write_text("a file in the way")
    with pytest.raises(UserError, match="point FUSE_CACHE at"), store.scratch(THING):
        pytest.fail("let in")


# --- Several users ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("umask", "file_mode", "folder_mode"), [(0o022, 0o644, 0o755), (0o002, 0o664, 0o775)])
def test_modes_are_as_the_umask_says_whatever_a_library_wrote(store, make, umask, file_mode, folder_mode):
    def write(text: str, folder: Path) -> None:
        (folder / "text").write_text(text)
        (folder / "text").chmod(0o600)
        (folder / "sub").mkdir()
        (folder / "sub" / "more").touch(0o600)

    before = os.umask(umask)
    try:
        store.get_or_create(replace(THING, write=write), make)
    finally:
        os.umask(before)
    folder = store.folder(THING)
    for path in (store.root, folder.parent, folder, folder / "sub"):
        assert path.stat().st_mode & 0o777 == folder_mode, path
    for path in (folder / ENTRY, folder / "text", folder / "sub" / "more"):
        assert path.stat().st_mode & 0o777 == file_mode, path


# --- Several processes and threads ------------------------------------------------------------------------------------


def test_who_waits_for_another_process_hears_how_far_it_is_and_gets_what_it_made(store, make):
    heard = []
    with another_process(store) as maker:

        def listen(share: float, what: str) -> None:
            heard.append((share, what))
            if maker.poll() is None:
                maker.communicate("\n", timeout=SECONDS)

        assert store.get_or_create(THING, make, listen) == "theirs"
    assert make.times == 0
    assert heard[0] == (0.25, "a quarter")


def test_another_entry_does_not_wait(store, make):
    with another_process(store):
        other = replace(THING, name="other")
        assert store.get_or_create(other, make, lambda share, what: pytest.fail("waited")) == "ours"


def test_who_waits_may_give_up(store, make):
    class GivenUp(Exception):
        pass

    def give_up(share: float, what: str) -> None:
        raise GivenUp

    with another_process(store), pytest.raises(GivenUp):
        store.get_or_create(THING, make, give_up)
    assert make.times == 0


def test_a_process_that_is_killed_holds_nobody_up(store, make):
    with another_process(store) as maker:
        assert store.get_or_create(THING, make, lambda share, what: maker.kill()) == "ours"


@pytest.mark.parametrize("next_one", [THING, replace(THING, name="other")], ids=["the same thing", "another thing"])
def test_what_a_killed_process_had_written_is_swept(store, make, next_one):
    with another_process(store, "half") as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "half written\n"
        maker.kill()
        maker.wait(SECONDS)
        assert len(names(store.root / "staging")) == 1
        assert store.get_or_create(next_one, make) == "ours"
    assert names(store.root / "staging") == []


def test_what_a_process_is_writing_is_left_alone(store, make):
    with another_process(store, "half") as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "half written\n"
        store.get_or_create(replace(THING, name="other"), make)
        assert len(names(store.root / "staging")) == 1
        maker.communicate("\n", timeout=SECONDS)
    assert store.get_or_create(THING, make) == "theirs"


def test_threads_of_one_process_make_it_once(store, make):
    together = threading.Barrier(4)

    def ask(_) -> str:
        together.wait(SECONDS)
        return store.get_or_create(THING, make)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == ["ours"] * 4
    assert make.times == 1
