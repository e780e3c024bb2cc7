"""Long works side by side, each in a thread: while one waits, or uses one core alone, another has the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context

import torch

from fuse_core.common.devices import CPU
from fuse_core.common.progress import Cancelled, Progress, called_between_batches


def works_at_once(device: torch.device) -> int:
    """Two on a processor; one on a GPU, whose memory they would share."""
    return 2 if device.type == CPU else 1


def side_by_side(works: Mapping[str, Callable[[Progress], object]], at_once: int, progress: Progress) -> None:
    """Do all works, begun in their order; what the first that fails raises ends the others at their next report.

    Parameters
    ----------
    works : mapping
        What each does, in words, and the work; they share the whole progress evenly.
    at_once : int
        As many as may be at work. Each sees the context variables of the caller.
    progress : callable
        Called by one thread at a time. The share that it is told never falls.
    """
    shares, telling = dict.fromkeys(works, 0.0), threading.Lock()
    free, failures = threading.Semaphore(at_once), list[BaseException]()

    def end_after_failure() -> None:
        if failures:
            raise Cancelled

    def do(name: str) -> None:
        def tell(share: float, what: str) -> None:
            end_after_failure()
            with telling:
                shares[name] = max(share, shares[name])
                progress(sum(shares.values()) / len(shares), what)

        try:
            with called_between_batches(end_after_failure):
                tell(0.0, name)
                works[name](tell)
                tell(1.0, name)
        except BaseException as error:
            failures.append(error)
        finally:
            free.release()

    try:
        for name in works:
            free.acquire()
            if failures:
                free.release()
                break
            # A daemon: who ends the program does not wait for it.
            threading.Thread(target=copy_context().run, args=(do, name), name=f"doing {name}", daemon=True).start()
        for _ in range(at_once):
            free.acquire()
    except BaseException as error:  # Ctrl-C, while all of them go on
        failures.append(error)
        raise
    if failures:
        raise failures[0]
