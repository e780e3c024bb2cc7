"""Files and folders that must not be written, or read: at the start, and from a moment on. Root may all: others run."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.world import WORKS, World

NOBODY = 65534
MOMENTS = 5
WRITING, ALL = 0o222, 0o666


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    chance = random.Random(seed)
    for work, clean in stages.clean.items():
        for name in ("cache", "out", "tmp"):
            if name == "out" and not WORKS[work].result:
                continue
            moments = [-1, *sorted(chance.sample(range(clean.operations), MOMENTS if name == "cache" else 1))]
            for at in moments:
                when = "from the start" if at < 0 else f"from operation {at + 1} on files"
                yield Case(work, f"{name} is read-only {when}", _striking(work, name, at, WRITING))
    for path in sorted(p for p in (stages.whole.root / "cache").rglob("*") if p.is_file()):
        place = path.relative_to(stages.whole.root)
        for what, rights in (("read-only", WRITING), ("locked", ALL)):
            name = f"{place.parts[1]}/{path.name if path.suffix != '.lock' else 'lock'} is {what}"
            harmed = (str(place.parent),)
            yield Case("save", name, _striking("save", str(place), -1, rights), harmed, whole=True, ends=(0,))


def _striking(work: str, name: str, at: int, rights: int):
    def strike(world: World) -> Ended:
        for path in (world.root, *world.root.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        if at < 0:
            take(world.root / name, rights)
        run = Run(world, WORKS[work], become_nobody, lambda world: take(world.root / name, rights), at)
        ended = run.wait()
        give(world.root / name)
        return ended

    return strike


def become_nobody() -> None:
    """Be a user who owns the world, and may do nothing but what its files allow."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def take(path: Path, rights: int) -> None:
    """Take rights away from a file, or from a folder and all in it."""
    for one in (path, *path.rglob("*")):
        one.chmod(one.stat().st_mode & ~rights)


def give(path: Path) -> None:
    """Give all rights back."""
    for one in (path, *path.rglob("*")):
        one.chmod(0o777 if one.is_dir() else 0o666)


FAULT = Fault("read-only", "No rights", 5, _cases)
