"""Costly files of the cache: read there, or made by one process while the others wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from fuse_core.common.errors import UserError

log = logging.getLogger(__name__)
T = TypeVar("T")
POLL = 0.25  # seconds between two looks at what another process makes


def get_or_create(
    path: Path,
    find: Callable[[], T | None],
    make: Callable[[], T],
    keep: Callable[[T], None],
    waiting: Callable[[], object] = lambda: None,
) -> T:
    """What a file of the cache holds: read, or made and kept there, by one process at a time.

    Parameters
    ----------
    path : Path
        The file.
    find : callable
        Reads it; None when it is missing or damaged.
    make : callable
        Makes the content.
    keep : callable
        Writes it; its ``UserError``, of a cache that cannot be written, costs a warning.
    waiting : callable
        Called now and then while another process reads or makes the file. What it raises ends the wait.
    """
    with exclusive_lock(path, waiting):
        found = find()
        if found is not None:
            return found
        made = make()
        try:
            keep(made)
        except UserError as error:
            log.warning("%s Until then it is used from memory and made again next time.", error)
        return made


@contextmanager
def exclusive_lock(path: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Keep other processes that ask for the same path out of the block.

    A folder that cannot be written, or a file system without locks, lets everybody in: to make a file twice is waste,
    and no error. A lock ends with its process, whatever ends that.
    """
    # In a folder beside, for the file's own holds nothing but what was made.
    lock = FileLock(path.parent.with_name("locks") / f"{path.name}.lock")
    try:
        while not _settled(lock):
            waiting()
        yield
    finally:
        lock.release(force=True)


def _settled(lock: FileLock) -> bool:
    """Whether the wait is over: the lock is held, or cannot be had at all."""
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=POLL)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        log.debug("No lock at %s: %s", lock.lock_file, error)
    return True
