"""Files of settings: the presets, and those that earlier versions wrote."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutations import changed_bytes, changed_json, mostly
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import decode, parse_json
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import PRESETS, load_preset, preset_names

KEPT = Path(__file__).parents[3] / "tests" / "data" / "v1" / "config"


def inputs() -> st.SearchStrategy[bytes]:
    paths = [*sorted(PRESETS.glob("*.json")), *sorted(KEPT.glob("*.json"))]
    documents = [json.loads(path.read_text("utf-8")) for path in paths]
    documents += [load_preset(name).as_dict() for name in preset_names()]
    return mostly(changed_json(documents), changed_bytes([json.dumps(document).encode() for document in documents]))


def reader():
    base = load_preset(preset_names()[0])

    def read(content: bytes) -> None:
        try:
            values = parse_json(decode(content, "The file"))
        except (ValueError, RecursionError) as error:  # as ``read_json`` has it
            raise UserError("The file is no JSON.") from error
        config = base.updated(values, "The settings")
        assert CaptionConfig.from_dict(json.loads(json.dumps(config.as_dict())), "The settings") == config

    return read


KIND = Kind("configs", "Settings", 3, 2_000, inputs, reader)
