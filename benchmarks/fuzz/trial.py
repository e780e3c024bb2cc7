"""All inputs of a kind, one after the other, in a process of their own."""

from __future__ import annotations

import resource
import signal
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks.fuzz.kind import KINDS
from fuse_core.common.errors import UserError

HANG = 5.0  # seconds of the processor for one input
MEGABYTES = 1_000  # above what loading took
SHOWN = 300  # characters


class Hangs(BaseException):
    """An input takes too long."""


@dataclass
class Trial:
    """What came of a kind's inputs.

    Attributes
    ----------
    name : str
    taken, refused : int
        Inputs that were read, and that got a sentence.
    problems : Counter
        What else came of how many.
    examples : dict
        Problem -> the first input that has it.
    slowest : float
        Seconds of the processor that the slowest input took.
    base, most : float
        Megabytes that loading took, and that it had at most.
    seconds : float
        Of the processor.
    sentences : Counter
        Kinds of sentences, by their first words.
    """

    name: str
    taken: int = 0
    refused: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    slowest: float = 0.0
    base: float = 0.0
    most: float = 0.0
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        return self.taken + self.refused + self.problems.total()

    @property
    def wrong(self) -> bool:
        return bool(self.problems) or self.most - self.base > MEGABYTES

    def problem(self, what: str, given: Any) -> None:
        """Count one and keep its first input."""
        self.problems[what] += 1
        self.examples.setdefault(what, repr(given)[:SHOWN])


def peak() -> float:
    """Megabytes of memory that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000


def run(name: str, count: int, chance: int) -> Trial:
    """Try so many inputs of a kind; ``chance`` is the number that they come from."""
    kind, trial = KINDS[name], Trial(name)
    inputs, read = kind.inputs(), kind.reader()
    signal.signal(signal.SIGPROF, _give_up)
    trial.base, began = peak(), time.process_time()

    @seed(chance)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],  # type: ignore[list-item]
    )
    @given(inputs)
    def one(given: Any) -> None:
        at = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, HANG)
        try:
            read(given)
            trial.taken += 1
        except UserError as error:
            if str(error).strip():
                trial.refused += 1
            else:
                trial.problem("a refusal without a word", given)
        except Hangs:
            trial.problem(f"takes more than {HANG:g} s", given)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            trial.problem(f"{type(error).__name__} in {frame.name}: {str(error)[:80]}", given)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            trial.slowest = max(trial.slowest, time.process_time() - at)

    one()
    trial.most, trial.seconds = peak(), time.process_time() - began
    return trial


def _give_up(*_: object) -> None:
    raise Hangs
