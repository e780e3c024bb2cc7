"""Folders of the cache and of the results removed while a run works."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.harm import remove
from benchmarks.faults.world import WORKS, World

MOMENTS = 6
FOLDERS = ("cache", "cache/staging", "cache/locks", "cache/adapters", "tmp")


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    chance = random.Random(seed)
    for work, clean in stages.clean.items():
        for name in FOLDERS:
            moments = sorted(chance.sample(range(clean.operations), MOMENTS if name == "cache" else 1))
            for at in moments:

                def strike(world: World, work=work, name=name, at=at) -> Ended:
                    return Run(world, WORKS[work], strike=lambda world: remove(world, name), at=at).wait()

                yield Case(
                    work,
                    f"{name} is removed before operation {at + 1} on files",
                    strike,
                    harmed=(name if name != "cache/staging" else "cache/",),
                )


FAULT = Fault("remove", "Removed folders", 4, _cases)
