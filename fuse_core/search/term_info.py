"""What people are told of one term of an objective."""

from __future__ import annotations

from typing import NamedTuple


class TermInfo(NamedTuple):
    """A term of the objective: what it asks for, which model judges it, the name of its losses, and its weight."""

    what: str
    model: str
    name: str
    weight: float
