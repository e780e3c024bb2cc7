"""Where models live: the one place that chooses a device and says what it is.

``FUSE_DEVICE`` or ``--device``: ``auto`` (a GPU where one is, else the processor), ``cpu``, ``cuda``, ``cuda:N`` or
``mps``. torch is loaded only where it may find a GPU: a build for processors alone says so in a small file.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    import torch

VARIABLE = "FUSE_DEVICE"
AUTO, CPU, CUDA, MPS = "auto", "cpu", "cuda", "mps"
PRECISION, PRECISIONS = "FUSE_DTYPE", ("float32", "bfloat16", "float16")
PRECISION_HELP = f"weights of language and text models: {', '.join(PRECISIONS)}"
HELP = "where models and fits run: auto (default; a GPU where one is), cpu, cuda, cuda:N or mps"


@dataclass(frozen=True)
class Device:
    """A device, for people.

    Attributes
    ----------
    name : str
        As torch has it: ``cpu``, ``cuda:0``, ``mps``.
    title : str
        What it is: the card's name, or the processor's threads.
    memory, free : int
        Bytes in all, and not in use.
    """

    name: str
    title: str
    memory: int
    free: int

    @property
    def label(self) -> str:
        """Such as ``NVIDIA H100 (cuda:0), 79.2 GB``."""
        return f"{self.title} ({self.name}), {self.memory / 1e9:.1f} GB"

    @property
    def sentence(self) -> str:
        """The same with what is free of its memory."""
        return f"{self.label}, {self.free / 1e9:.1f} GB of it free"

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def chosen_name(wanted: str | None = None) -> str:
    """The device's name: of those there are the one that is wanted, by ``$FUSE_DEVICE`` where nothing is.

    Raises
    ------
    UserError
        For a device that is unknown or not there; says which are.
    """
    given = (wanted or os.environ.get(VARIABLE) or AUTO).strip().lower()
    there = available()
    if given == AUTO:
        return there[0]
    name = f"{CUDA}:0" if given == CUDA else given
    if name not in there:
        others = ", ".join([AUTO, *there])
        raise UserError(f"There is no device '{given}' here.", f"Choose one of: {others}.")
    return name


def chosen_precision(wanted: str | None = None) -> str:
    """What weights are kept in: what is wanted, by ``$FUSE_DTYPE`` where nothing is, else float32. Losses stay float32.

    Raises
    ------
    UserError
        For any but ``PRECISIONS``.
    """
    name = (wanted or os.environ.get(PRECISION) or PRECISIONS[0]).strip().lower()
    if name not in PRECISIONS:
        raise UserError(f"Models are not kept in '{name}'.", f"Choose one of: {', '.join(PRECISIONS)}.")
    return name


def chosen_device(wanted: str | None = None) -> torch.device:
    """``chosen_name`` as torch's own."""
    import torch

    return torch.device(chosen_name(wanted))


def available() -> list[str]:
    """Names of the devices there are, the one that ``auto`` takes first."""
    if not _may_have_gpu():
        return [CPU]
    import torch

    cards = [f"{CUDA}:{k}" for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return [*cards, *([MPS] if torch.backends.mps.is_available() else []), CPU]


def _may_have_gpu() -> bool:
    """Whether the torch that is installed was built for some GPU; told without loading it."""
    spec = importlib.util.find_spec("torch")
    if sys.platform == "darwin" or spec is None or spec.origin is None:
        return spec is not None
    try:
        version = runpy.run_path(str(Path(spec.origin).with_name("version.py")))
    except OSError:
        return True
    return any(version.get(kind) is not None for kind in (CUDA, "hip"))


def described(name: str) -> Device:
    """What a device is. Loads torch for a GPU alone."""
    return Device(name, _title(name), *_memory(name))


def free_memory(name: str) -> int:
    """Bytes of a device that are not in use."""
    return _memory(name)[1]


def _title(name: str) -> str:
    if name == MPS:
        return "Apple GPU"
    if name.startswith(CUDA):
        import torch

        return torch.cuda.get_device_name(name)
    threads = os.cpu_count() or 1
    return f"Processor, {threads} thread{'s' * (threads > 1)}"


def _memory(name: str) -> tuple[int, int]:
    """Bytes in all, and not in use: what torch holds in reserve counts as free."""
    if not name.startswith((CUDA, MPS)):
        memory = psutil.virtual_memory()
        return memory.total, memory.available
    import torch

    if name == MPS:
        total = torch.mps.recommended_max_memory()
        return total, max(total - torch.mps.current_allocated_memory(), 0)
    free, total = torch.cuda.mem_get_info(name)
    return total, free + torch.cuda.memory_reserved(name) - torch.cuda.memory_allocated(name)
