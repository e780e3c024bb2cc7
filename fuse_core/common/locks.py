"""Locks between processes: files that the system frees when the process that holds them ends, however it ends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from fuse_core.common.once import acquire_patiently
from fuse_core.common.progress import undisturbed

log = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(path: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[bool]:
    """Keep other processes, and other threads, that ask for the same lock file out of the block.

    Parameters
    ----------
    path : Path
        The lock file; it and its folder are made where they are missing, and stay.
    waiting : callable
        Called now and then while another holds the lock. What it raises ends the wait.

    Yields
    ------
    bool
        Whether the lock is held. A folder that cannot be written, or a file system without locks, lets everybody in:
        to do a thing twice is waste, and no error.
    """
    lock = FileLock(path)
    try:
        acquire_patiently(lambda seconds: _settled(lock, seconds), waiting)
        with undisturbed():  # others wait for it
            yield lock.is_locked
    finally:
        lock.release(force=True)


@contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Hold a lock file for the block if nobody else does; yields whether it is held, and never waits."""
    lock = FileLock(path)
    try:
        yield _settled(lock, 0.0) and lock.is_locked
    finally:
        lock.release(force=True)


@contextmanager
def lock_beside(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock of a file that is written: ``.NAME.lock`` beside it, which is gone when the block ends.

    Yields whether it is held: a file system without locks lets everybody in.

    Raises
    ------
    Timeout
        When another holds it for longer than that.
    OSError
        When the folder is not there or cannot be written.
    """
    file = path.with_name(f".{path.name}.lock")
    lock = FileLock(file, thread_local=False)  # a generator may be closed by another thread than it ran in
    with suppress(NotImplementedError):
        lock.acquire(timeout=seconds)
    try:
        yield lock.is_locked
    finally:
        with suppress(OSError):  # while it is held: whoever waits for this file sees that it is gone and makes another
            file.unlink()
        lock.release(force=True)


def _settled(lock: FileLock, seconds: float) -> bool:
    """Whether the wait is over: the lock is held, or cannot be had at all."""
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        log.debug("No lock at %s: %s", lock.lock_file, error)
    return True
