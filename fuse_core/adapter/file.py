"""Adapters on disk: safetensors with what they were fitted on as metadata, written atomically into the cache."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from fuse_core.adapter.adapter import Adapter, AdapterInfo
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.common.storage import write_atomically

log = logging.getLogger(__name__)


def adapter_path(cache: Path, info: AdapterInfo) -> Path:
    """Where an adapter of this kind is kept."""
    digest = hashlib.sha256(json.dumps(info.as_dict(), sort_keys=True).encode()).hexdigest()[:12]
    return cache / "adapters" / f"{info.source}--{info.target}--{info.bucketing}-{digest}.safetensors"


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Write an adapter atomically.

    Raises
    ------
    UserError
        When the folder is read-only or full.
    """
    tensors = {f"{i},{j}": m.contiguous().cpu() for (i, j), m in adapter.maps.items()}
    metadata = {
        "info": json.dumps(adapter.info.as_dict()),
        "reports": json.dumps([asdict(r) for r in adapter.reports]),
    }
    write_atomically(path, lambda temporary: save_file(tensors, temporary, metadata))


def load_adapter(path: Path, expected: AdapterInfo) -> Adapter | None:
    """Read an adapter; None when the file is missing, damaged, or of another pair, the latter two with a warning."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            info = AdapterInfo(**json.loads(metadata["info"]))
            reports = [BucketReport(**r) for r in json.loads(metadata["reports"])]
            maps = {tuple(map(int, name.split(","))): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        log.warning("The adapter file %s is damaged and is fitted again (%s).", path.name, type(error).__name__)
        return None
    if info != expected or not maps:
        log.warning("The adapter file %s is of another pair of models and is fitted again.", path.name)
        return None
    return Adapter(info, maps, reports)  # type: ignore[arg-type]
