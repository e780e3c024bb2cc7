"""Comparing ways to do one thing: in turn, in one process, so that what else the machine does meets them alike."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from benchmarks import machine


@dataclass(frozen=True)
class Timed:
    """How long one way took, time after time.

    Attributes
    ----------
    clock, processor : list of float
        Seconds on the clock, and seconds of all threads, of every run.
    """

    clock: list[float]
    processor: list[float]

    @property
    def median(self) -> float:
        """Seconds on the clock."""
        return statistics.median(self.clock)


def interleaved(ways: Mapping[str, Callable[[], object]], times: int) -> dict[str, Timed]:
    """Run every way once uncounted, then all of them in turn, ``times`` times."""
    found = {name: Timed([], []) for name in ways}
    for k in range(times + 1):
        for name, way in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            way()
            if k:
                found[name].clock.append(time.perf_counter() - clock)
                found[name].processor.append(time.process_time() - processor)
    return found


def ratio(slow: Timed, fast: Timed) -> float:
    """Median of the first over that of the second: above 1, the second is faster."""
    return slow.median / fast.median


def peak_memory(prepare: Callable[..., Callable[[], object]], *arguments: object) -> float:
    """Bytes by which ``prepare(*arguments)()`` raises the peak of a process of its own, over what ``prepare`` took.

    ``prepare`` is a function of a module, and makes the inputs. Linux alone tells.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_measured, args=(there, prepare, arguments))
    child.start()
    there.close()  # so that a child that dies ends the wait
    try:
        return here.recv()
    finally:
        child.join()


def _measured(pipe, prepare: Callable[..., Callable[[], object]], arguments: tuple[object, ...]) -> None:
    work, own = prepare(*arguments), psutil.Process()
    machine.forget_peak(own)  # imports have one, too
    before = own.memory_info().rss
    work()
    pipe.send(1e6 * machine.peak_memory(own) - before)
