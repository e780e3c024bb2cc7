"""What can befall a file, and folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from benchmarks.faults.world import World
from fuse_core.common.artefacts import ENTRY


def flip(path: Path) -> None:
    """Turn one bit in the middle."""
    content = bytearray(path.read_bytes() or b"\0")
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Lose the second half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Lose all."""
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    """Become something else of the same size."""
    path.write_bytes(bytes(range(7, 256)) * (1 + path.stat().st_size // 249))


def folder(path: Path) -> None:
    """Become a folder."""
    path.unlink()
    path.mkdir()


def not_finite(path: Path) -> None:
    """Hold no number that is one, in valid form, in an entry from before there were digests."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
        head = file.metadata()
    floats = {name: torch.full_like(x, torch.nan) if x.is_floating_point() else x for name, x in tensors.items()}
    save_file(floats, path, head)
    forget_digests(path.parent)


def forget_digests(entry: Path) -> None:
    """Make it an entry as earlier versions wrote it."""
    if (entry / ENTRY).exists():
        described = json.loads((entry / ENTRY).read_text("utf-8"))
        described.pop("sha256", None)
        (entry / ENTRY).write_text(json.dumps(described), "utf-8")


HARMS: dict[str, Callable[[Path], object]] = {
    "one bit is another": flip,
    "is cut in the middle": cut,
    "is empty": empty,
    "is something else": garbage,
    "is gone": Path.unlink,
    "is a folder": folder,
}


def remove(world: World, name: str) -> None:
    """Remove a folder of the world and all in it."""
    shutil.rmtree(world.root / name, ignore_errors=True)
