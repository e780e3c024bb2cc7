"""Where the program runs: on a machine of its user's, or on a public host, whose visitors are strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from fuse_core.common.errors import UserError

PUBLIC, SPACE = "FUSE_PUBLIC", "SPACE_ID"
STORAGE = Path("/data")  # where a Space has its persistent storage, if it has one
_by_the_host = ContextVar("by_the_host", default=False)


def on_space() -> bool:
    """Whether this is a Hugging Face Space: the host sets ``SPACE_ID``."""
    return bool(os.environ.get(SPACE))


def is_public() -> bool:
    """Whether visitors are strangers: ``FUSE_PUBLIC`` is 1 or 0; where it is not set, a Space is public.

    Raises
    ------
    UserError
        When ``FUSE_PUBLIC`` is something else.
    """
    said = os.environ.get(PUBLIC, "").strip()
    if said not in ("", "0", "1"):
        raise UserError(f"{PUBLIC} must be 1 or 0, got '{said}'.", "Set it to 1 on a host that strangers visit.")
    return said == "1" if said else on_space()


@contextmanager
def by_the_host() -> Iterator[None]:
    """The block is the host's own doing, such as the loading of its first models, and no visitor's."""
    token = _by_the_host.set(True)
    try:
        yield
    finally:
        _by_the_host.reset(token)


def may_fetch() -> bool:
    """Whether models may be fetched now: on a public host, whose visitors name models, by the host itself alone."""
    return not is_public() or _by_the_host.get()


def persistent_folder() -> Path | None:
    """A Space's storage that outlasts a restart, where it is mounted and can be written."""
    return STORAGE if on_space() and os.access(STORAGE, os.W_OK) else None
