"""A disk for temporary files that is full: what visitors and programs are told, and that a run stays as it was.

The app gets a disk in memory for its temporary files, which root alone may make: for others these attacks are left
out, and the report says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.attacks import Attack, Harmed, Target
from benchmarks.visit import API, Visit
from fuse_core.common.storage import assets_folder

CAT = assets_folder() / "images" / "cat.jpg"
SIZE = 1_500_000_000  # bytes: twice what the other attacks send at most
PAGE = 4096
TOLD = "The disk takes no more files"


@dataclass(frozen=True)
class Disk:
    """A folder, and why it is no disk of its own; nothing where it is one."""

    folder: Path
    why_not: str

    @contextmanager
    def full(self) -> Iterator[None]:
        """Make it no larger than what is on it and a page, fill that, and make room again."""
        filler = self.folder / "filler"
        self.resize(shutil.disk_usage(self.folder).used + PAGE)  # of no bytes it would have no limit
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"0" * PAGE):
                pass
        try:
            yield
        finally:
            filler.unlink()
            self.resize(SIZE)

    def resize(self, size: int) -> None:
        """To so many bytes."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk]:
    """A disk in memory where that may be made, else a plain folder; gone afterwards."""
    folder.mkdir()
    why_not = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "they need root, who alone may mount a disk"
    if not why_not:
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "hostile", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        why_not = f"no disk could be mounted ({done.stderr.strip()})" if done.returncode else ""
    try:
        yield Disk(folder, why_not)
    finally:
        if not why_not:
            subprocess.run(["umount", "--lazy", folder], check=True)


def disk_attacks(disk: Disk) -> list[Attack]:
    """All of them. They need a disk of its own."""
    buttons = ("save", "trace", "run-page", "batch-run", "lesson-handout")
    return [
        Attack("a full disk, then an upload", _uploaded(disk)),
        *(Attack(f"a full disk, then {name}", _pressed(disk, name)) for name in buttons),
        Attack("a full disk, then endpoint caption with a picture sent before", _called(disk)),
        Attack("a full disk, then a picture sent before is chosen", _chosen(disk)),
        Attack("a full disk, then step with a picture chosen before", _gone_on(disk)),
    ]


def _expect(answer: str) -> str:
    if TOLD not in answer:
        raise Harmed(answer)
    return answer


def _stepped(visit: Visit, number: int) -> str:
    """Step; it has to be that number of the run."""
    answer = visit.do("step").text
    if f"Step {number} of" not in answer:
        raise Harmed(f"The run is not as it was: {answer}")
    return answer


def _uploaded(disk: Disk) -> Callable[[Target], str]:
    def run(target: Target) -> str:
        with disk.full():
            sent = httpx.post(
                f"{target.address}{API}/upload", files={"files": (CAT.name, CAT.read_bytes())}, timeout=60
            )
        target.visit().upload(CAT)  # nothing of the first is in its way
        return _expect(f"{sent.status_code} {sent.text}")

    return run


def _pressed(disk: Disk, button: str) -> Callable[[Target], str]:
    """In a visit with a run of one step, which goes on with the second once there is room."""

    def run(target: Target) -> str:
        visit = target.visit()
        _stepped(visit, 1)
        with disk.full():
            told = _expect(visit.do(button).text)
        _stepped(visit, 2)
        return told

    return run


def _called(disk: Disk) -> Callable[[Target], str]:
    def run(target: Target) -> str:
        picture = target.visit().upload(CAT)
        with disk.full():
            return _expect(target.called("caption", {"picture": picture, "settings": {"steps": 1}}))

    return run


def _chosen(disk: Disk) -> Callable[[Target], str]:
    """Choose a picture: it is taken, where all of it is on the disk already, or can be once there is room."""

    def run(target: Target) -> str:
        visit = target.visit()
        _stepped(visit, 1)
        visit.set("picture", visit.upload(CAT))
        with disk.full():
            told = visit.do("picture", "upload").text
        taken = told.startswith("Ready")
        if not taken:
            visit.do("picture", "upload")
        _stepped(visit, 1)
        return told if taken else _expect(told)

    return run


def _gone_on(disk: Disk) -> Callable[[Target], str]:
    """Step on with a picture of one's own: the step is taken, or the run has none more than before."""

    def run(target: Target) -> str:
        visit = target.visit()
        visit.set("picture", visit.upload(CAT))
        visit.do("picture", "upload")
        _stepped(visit, 1)
        with disk.full():
            told = visit.do("step").text
        taken = "Step 2 of" in told
        _stepped(visit, 2 + taken)
        return told if taken else _expect(told)

    return run
