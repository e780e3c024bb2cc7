"""Ended by a signal: at random moments, and between operations on files."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.world import WORKS, World

MOMENTS = 10
EVERY = {signal.SIGKILL: 1, signal.SIGTERM: 3}  # of the operations on files
TOLD_TO_END = 143  # what shells make of SIGTERM


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    chance = random.Random(seed)
    for work, clean in stages.clean.items():
        for number in (signal.SIGKILL, signal.SIGTERM):
            ends = (0, -signal.SIGKILL) if number == signal.SIGKILL else (0, TOLD_TO_END)
            for _ in range(MOMENTS):
                share = chance.random()

                def later(world: World, work=work, number=number, after=share * clean.seconds) -> Ended:
                    run = Run(world, WORKS[work])
                    time.sleep(after)
                    run.signal(number)
                    return run.wait()

                by_itself = (*ends, -number)  # a process of its first milliseconds has not begun to listen
                yield Case(work, f"{number.name} after {share:.0%} of its time", later, ends=by_itself)
            for at in range(0, clean.operations, EVERY[number]):

                def between(world: World, work=work, number=number, at=at) -> Ended:
                    return Run(world, WORKS[work], strike=lambda _: os.kill(os.getpid(), number), at=at).wait()

                yield Case(work, f"{number.name} before operation {at + 1} on files", between, ends=ends)


FAULT = Fault("killed", "Ended by a signal", 1, _cases)
