"""Errors that a person can act on."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


class UserError(Exception):
    """What is wrong, and what to do, each in one sentence.

    Front ends show ``told``, or ``str(error)`` as it is, and never a traceback.

    Parameters
    ----------
    problem, remedy : str
    fields : tuple of str
        Settings that the sentences name in quotes, as files and Python spell them.
    """

    def __init__(self, problem: str, remedy: str = "", fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy
        self.fields = fields

    def told(self, spelled: Callable[[str], str]) -> str:
        """The sentences with every field as a front end spells it, quotes included where it has some."""
        if not self.fields:
            return str(self)
        quoted = "|".join(re.escape(f"'{field}'") for field in self.fields)
        return re.sub(quoted, lambda found: spelled(found[0].strip("'")), str(self))


class MissingModel(UserError):
    """A model that cannot be had, whatever it is wanted for."""


def full_disk(error: BaseException) -> UserError | None:
    """The sentences for an error that a disk which takes no more is the cause of; None for any other error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            why = (cause.strerror or "full").lower()
            return UserError(
                f"The disk takes no more files ({why}).", "Try again once whoever runs this has made room."
            )
        cause = cause.__cause__
    return None


def said(error: Exception) -> str:
    """One sentence on an error of one item among many, whatever it is: memory, a disk, a library."""
    if known := error if isinstance(error, UserError) else full_disk(error):
        return str(known)
    reason = next(iter(str(error).splitlines()), "") or "no reason given"
    return f"Something went wrong ({type(error).__name__}: {reason})."
