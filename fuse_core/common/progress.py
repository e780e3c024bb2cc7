"""Long work: a callable is told how far it is, and between batches whoever ordered it may end it or let others go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[float, str], None]  # takes the share done (0 to 1) and what is being done, and may end the work


class Cancelled(Exception):
    """Long work was asked to stop; a progress callback may raise it."""


def part_of(report_progress: Progress, low: float, high: float, prefix: str = "") -> Progress:
    """Progress of a part, told as the shares ``low`` to ``high`` of the whole; after a prefix the words go on small."""

    def report_part(share: float, what: str) -> None:
        report_progress(low + share * (high - low), prefix + what[:1].lower() + what[1:] if prefix else what)

    return report_part


def _nothing() -> None:
    pass


_between_batches: ContextVar[Callable[[], None]] = ContextVar("between_batches", default=_nothing)


def checkpoint() -> None:
    """Called before each batch of long work; whoever ordered it may raise ``Cancelled`` here, or wait."""
    _between_batches.get()()


@contextmanager
def called_between_batches(call: Callable[[], None]) -> Iterator[None]:
    """``call`` is what every ``checkpoint`` of this thread does in the block."""
    token = _between_batches.set(call)
    try:
        yield
    finally:
        _between_batches.reset(token)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No ``checkpoint`` ends or delays the block: others wait for what is made, or for a lock that is held."""
    with called_between_batches(_nothing):
        yield


def _unheard(done: int, of: int) -> None:
    pass


_scored: ContextVar[Callable[[int, int], None]] = ContextVar("scored", default=_unheard)


def tell_scored(done: int, of: int) -> None:
    """Called after each batch of candidates: so many of so many are scored."""
    _scored.get()(done, of)


@contextmanager
def scores_told(report_progress: Progress) -> Iterator[None]:
    """Progress hears of every batch of candidates that this thread scores in the block."""
    token = _scored.set(lambda done, of: report_progress(done / of, f"{done:,} of {of:,} candidates scored"))
    try:
        yield
    finally:
        _scored.reset(token)
