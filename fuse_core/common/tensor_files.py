"""Files of tensors whose numbers are to be numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from safetensors import safe_open


def check_finite(paths: Iterable[Path]) -> None:
    """Raise ``ValueError`` where a file of tensors holds one that is not finite."""
    for path in paths:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118, it is no mapping
                if not file.get_tensor(name).isfinite().all():
                    raise ValueError(f"{name} is not finite")
