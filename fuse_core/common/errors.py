"""Errors that a person can act on."""

from __future__ import annotations


class UserError(Exception):
    """What is wrong, and what to do, each in one sentence.

    Front ends show ``str(error)`` as it is and never a traceback.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy


class MissingModel(UserError):
    """A model that cannot be had, whatever it is wanted for."""


def said(error: Exception) -> str:
    """One sentence on an error of one item among many, whatever it is: memory, a disk, a library."""
    if isinstance(error, UserError):
        return str(error)
    reason = next(iter(str(error).splitlines()), "") or "no reason given"
    return f"Something went wrong ({type(error).__name__}: {reason})."
