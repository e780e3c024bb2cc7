"""Memory that runs out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class LittleMemory:
    """A function that fails as a device does when it is asked for more than ``room``.

    Attributes
    ----------
    refused : list of int
        The sizes it was out of memory for.
    """

    def __init__(self, work: Callable[..., Any], room: int, size: Callable[..., int]) -> None:
        self.work, self.room, self.size = work, room, size
        self.refused: list[int] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (size := self.size(*args, **kwargs)) > self.room:
            self.refused.append(size)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.work(*args, **kwargs)
