"""What a fault is, and the registry of those there are: a file of ``kinds/`` each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.faults.child import Ended
from benchmarks.faults.world import World
from fuse_core.common.registry import Registry


@dataclass(frozen=True)
class Case:
    """One harm to one run.

    Attributes
    ----------
    work : str
        Of ``WORKS``.
    what : str
        Happens.
    strike : callable
        Runs the work in a world, harms it, puts right what a person would, and says how the run ended.
    harmed : tuple of str
        Beginnings of paths in the world that may be made again, for they were harmed.
    whole : bool
        Whether the world has everything already, and not only what the work finds made.
    told : bool
        Whether the run, or the next one, has to say that something is wrong.
    other : bool
        Whether the harm may leave another valid model, or a picture without a caption: then the run may answer, and
        keep, something else.
    ends : tuple of int
        Exit statuses that are right: 0 with the answer of a run without harm, 2 with a sentence.
    """

    work: str
    what: str
    strike: Callable[[World], Ended] = field(repr=False)
    harmed: tuple[str, ...] = ()
    whole: bool = False
    told: bool = False
    other: bool = False
    ends: tuple[int, ...] = (0, 2)


@dataclass(frozen=True)
class Fault:
    """A kind of harm.

    Attributes
    ----------
    name, title : str
    order : int
    cases : callable
        From a number that all chance comes from to the cases.
    """

    name: str
    title: str
    order: int
    cases: Callable[[Stages, int], Iterator[Case]] = field(repr=False)


@dataclass(frozen=True)
class Stages:
    """Runs without harm, one after the other, and the worlds between them.

    Attributes
    ----------
    before : dict
        Work -> the world that it finds. An earlier run and a picture's result are in it for those that write such.
    whole : World
        What the last one leaves.
    clean : dict
        Work -> how it ends.
    """

    before: dict[str, World]
    whole: World
    clean: dict[str, Ended]


FAULTS: Registry[Fault] = Registry("benchmarks.faults.kinds", "FAULT")
