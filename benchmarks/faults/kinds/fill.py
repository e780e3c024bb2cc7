"""No space: the disk of the cache, of the results or of temporary files is full, and then it is not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.world import WORKS, World

SIZES = 10
PAGE = 4096
ENOUGH = 1 << 26  # bytes


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    for work in map(WORKS.__getitem__, stages.clean):
        for name in ("cache", "out", "tmp"):
            for k in range(SIZES):

                def strike(world: World, work=work, name=name, share=k / (SIZES - 1)) -> Ended:
                    disk = world.root / name
                    with_more = stages.whole.root / name
                    there = used(disk)
                    small_disk(disk, there + share * (used(with_more) - there))
                    ended = Run(world, work).wait()
                    subprocess.run(["mount", "-o", f"remount,size={ENOUGH}", disk], check=True)
                    return ended

                if name == "cache" or (name == "out" and work.result and k < SIZES // 2):
                    yield Case(work.name, f"{name} has {k / (SIZES - 1):.0%} of the space", strike)
                elif name == "tmp" and not k:
                    yield Case(work.name, "no space for temporary files", strike)


def used(folder: Path) -> int:
    """Bytes that its files and folders take on a disk in memory."""
    sizes = [(p.stat().st_size if p.is_file() else 0) for p in folder.rglob("*")]
    return sum(-(-size // PAGE) * PAGE for size in sizes)


def small_disk(folder: Path, size: float) -> None:
    """Make a folder a disk in memory with what is in it, and some bytes in all; root alone may.

    Zero bytes would be no limit.
    """
    kept = folder.with_name("kept")
    folder.rename(kept)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ENOUGH}", "faults", folder], check=True)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    shutil.rmtree(kept)
    subprocess.run(["mount", "-o", f"remount,size={max(PAGE, int(size))}", folder], check=True)


FAULT = Fault("fill", "A full disk", 3, _cases)
