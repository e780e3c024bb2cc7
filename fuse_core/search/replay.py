"""Replaying a run: every step is taken again, with the settings it was taken with, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fuse_core.library import Library
from fuse_core.search.records import Step
from fuse_core.search.session import Session

TOLERANCE = 1e-4  # of an objective: float32 sums in another order


@dataclass(frozen=True)
class Replayed:
    """One step taken again.

    Attributes
    ----------
    index : int
    same : bool
        Whether it has the same prompts and finished prompts in the same order, their objectives equal within
        ``TOLERANCE``.
    text, was : str
        The best prompt now, and in the run that was saved.
    """

    index: int
    same: bool
    text: str
    was: str


def replay(session: Session, library: Library) -> Iterator[Replayed]:
    """Take a run's steps again one by one; the run itself is left as it is. Cost: that of the run."""
    again = session.branch(0)
    for before, config in zip(session.steps[1:], session.configs[1:], strict=True):
        again.change_search(library, config)
        taken = again.edit(before.beams[0].text) if before.edited else again.step()
        yield Replayed(before.index, _same(before, taken), taken.beams[0].text.strip(), before.beams[0].text.strip())


def _same(before: Step, now: Step) -> bool:
    was, found = (*before.beams, *before.finished_prompts), (*now.beams, *now.finished_prompts)
    if [beam.text for beam in was] != [beam.text for beam in found]:
        return False
    pairs = zip(was, found, strict=True)
    return all(abs((a.objective or 0.0) - (b.objective or 0.0)) <= TOLERANCE for a, b in pairs)
