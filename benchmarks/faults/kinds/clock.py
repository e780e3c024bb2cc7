"""A clock that jumps years to and fro at every look, and files from another time."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.world import WORKS, World

TIMES = 4
YEAR = 365 * 86_400.0


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    for work in stages.clean:
        for k in range(TIMES):
            chance = random.Random(f"{seed} {work} {k}")

            def strike(world: World, work=work, chance=chance) -> Ended:
                return Run(world, WORKS[work], lambda: jump(chance)).wait()

            yield Case(work, f"the clock jumps, {k + 1}", strike, ends=(0,))
        for year in (1971, 2099):

            def strike_files(world: World, work=work, at=(year - 1970) * YEAR) -> Ended:
                for path in world.root.rglob("*"):
                    os.utime(path, (at, at))
                return Run(world, WORKS[work]).wait()

            yield Case(work, f"files are of {year}", strike_files, ("cache/",), ends=(0,))


def jump(chance: random.Random) -> None:
    """Let this process's clock say another time at each look, up to ten years off."""
    true, true_ns = time.time, time.time_ns
    time.time = lambda: true() + chance.uniform(-10, 10) * YEAR
    time.time_ns = lambda: true_ns() + int(chance.uniform(-10, 10) * YEAR) * 10**9


FAULT = Fault("clock", "A jumping clock", 7, _cases)
