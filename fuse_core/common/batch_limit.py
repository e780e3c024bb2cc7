"""How much is computed at a time: what free memory allows, and half of it whenever memory runs out all the same."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from fuse_core.common.devices import free_memory
from fuse_core.common.errors import UserError
from fuse_core.common.progress import checkpoint

T = TypeVar("T")
SHARE = 0.5  # of the free memory that one batch may take
ON_GPU = 16  # times what fills a processor: a GPU is idle between small batches
# Of RuntimeErrors without a class of their own: the processor's, Apple's, and those of CUDA's libraries.
SAYS_SO = ("out of memory", "not enough memory", "can't allocate memory", "alloc_failed")


class BatchLimit:
    """The size of batches, in units of any kind. What was found too large is not tried again.

    Parameters
    ----------
    most : int
        Units a batch on the processor, however much memory there is.
    unit_bytes : int
        Memory that a unit takes, roughly.
    """

    def __init__(self, most: int, unit_bytes: int) -> None:
        self.most, self.unit_bytes = most, unit_bytes
        self.found: int | None = None

    def size(self, device: torch.device) -> int:
        """Units a batch, at least 1."""
        most = self.most * (1 if device.type == "cpu" else ON_GPU)
        room = int(SHARE * free_memory(str(device))) // self.unit_bytes
        return max(1, min(most, room, self.found or most))

    def attempt(self, device: torch.device, wanted: int, work: Callable[[int], T]) -> T:
        """What ``work`` makes of as many units as there may be, at most ``wanted``; of half as many out of memory.

        Whoever ordered all of it may end it before.

        Parameters
        ----------
        work : callable
            From a number of units. It may be called again, and has to begin anew then.

        Raises
        ------
        UserError
            When memory does not suffice for a single unit.
        """
        size = max(1, min(self.size(device), wanted))
        while True:
            checkpoint()
            try:
                return work(size)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if size == 1:
                    problem = f"Memory ran out ({device})."
                    raise UserError(
                        problem, "Close other programs, or choose a smaller model or --device cpu."
                    ) from error
            _release(device)  # once the error is gone, which held what was computed
            size //= 2
            self.found = min(size, self.found or size)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on whatever device."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in SAYS_SO)


def _release(device: torch.device) -> None:
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
