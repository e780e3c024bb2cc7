"""Two processes that begin with the same cache, at once or one a little later."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.world import WORKS, World

TIMES = 4


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    chance = random.Random(seed)
    for work, clean in stages.clean.items():
        for k in range(TIMES):
            later = k and chance.random()

            def strike(world: World, work=work, wait=later * clean.seconds) -> Ended:
                first = Run(world, WORKS[work])
                time.sleep(wait)
                second = Run(world, WORKS[work], log="second")
                ends = first.wait(), second.wait()
                return max(ends, key=lambda ended: ended.code)

            when = "at once" if not later else f"{later:.0%} of its time apart"
            yield Case(work, f"two processes, {when}", strike)


FAULT = Fault("together", "Two processes", 8, _cases)
