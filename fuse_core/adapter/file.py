"""Adapters on disk: safetensors with what they were fitted on as metadata."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from fuse_core.adapter.adapter import Adapter, AdapterInfo
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.common.artefacts import Artefact

FILE = "adapter.safetensors"


def adapter_artefact(info: AdapterInfo) -> Artefact[Adapter]:
    """An adapter of this kind as an entry of the artefact store."""

    def read(folder: Path) -> Adapter:
        found = load_adapter(folder / FILE)
        if found.info != info:
            raise ValueError("it is of another pair of models")
        return found

    return Artefact(
        kind="adapters",
        name="--".join([info.source, info.target, info.bucketing, *_apart(info)]),
        identity=info.as_dict(),
        read=read,
        write=lambda adapter, folder: save_adapter(adapter, folder / FILE),
    )


def _apart(info: AdapterInfo) -> list[str]:
    """What in an adapter's name tells it from the plainest one of its pair and bucketing."""
    return ["layers"] * (info.features == "layers") + [info.stored] * (info.stored != "float32")


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Write an adapter to a file."""
    half = adapter.info.stored == "float16"
    tensors = {f"{i},{j}": (m.half() if half else m).contiguous().cpu() for (i, j), m in adapter.maps.items()}
    metadata = {
        "info": json.dumps(adapter.info.as_dict()),
        "reports": json.dumps([_without_nan(asdict(r)) for r in adapter.reports]),
    }
    save_file(tensors, path, metadata)


def load_adapter(path: Path) -> Adapter:
    """Read an adapter from a file.

    Raises
    ------
    OSError, SafetensorError, KeyError, TypeError, ValueError
        When the file is missing, damaged, or of something else.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        info = AdapterInfo(**json.loads(metadata["info"]))
        reports = [BucketReport(**_with_nan(r)) for r in json.loads(metadata["reports"])]
        maps = {tuple(map(int, name.split(","))): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if not maps:
        raise ValueError("it holds no maps")
    if info.stored == "float16":
        maps = {key: m.float() for key, m in maps.items()}
    return Adapter(info, maps, reports)  # type: ignore[arg-type]


def _without_nan(report: dict) -> dict:
    """JSON knows no NaN, which stands for an error that was not measured."""
    return {name: None if value != value else value for name, value in report.items()}


def _with_nan(report: dict) -> dict:
    return {name: math.nan if value is None else value for name, value in report.items()}
