"""A model's folder that vanishes while a run works, and is there again for the next one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.harm import remove
from benchmarks.faults.world import WORKS, World

MOMENTS = (0, 2, 5, 13, 34)  # files of models opened before


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    for work in stages.clean:
        for name in ("clip", "parts"):
            for at in MOMENTS:

                def strike(world: World, work=work, name=name, at=at) -> Ended:
                    run = Run(world, WORKS[work], strike=lambda w: remove(w, f"models/{name}"), at=at, reading=True)
                    ended = run.wait()
                    whole = stages.whole.root / "models" / name
                    shutil.copytree(whole, world.root / "models" / name, dirs_exist_ok=True)
                    return ended

                yield Case(work, f"{name} vanishes before reading {at + 1} of models", strike, other=True)


FAULT = Fault("vanishing", "A vanishing model", 6, _cases)
