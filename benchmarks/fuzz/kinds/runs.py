"""Saved runs: those that earlier versions wrote, and of tiny models, which are gone on with where they are taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutations import changed_bytes, changed_json, mostly
from fuse_core.common.text_files import decode
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG, settings_for

KEPT = Path(__file__).parents[3] / "tests" / "data" / "v1" / "runs"
GO_ON = 8  # of so many runs that are taken one is stepped


def _tiny() -> list[dict[str, Any]]:
    library, found = tiny_models.shared_library(), []
    for method in ("autodan", "gcg", "pez", "random"):
        session = Session.start(library, settings_for(method, steps=3), tiny_models.picture(), picture_name="cat.jpg")
        session.step()
        session.step()
        found.append(json.loads(session.to_json()))
    return found


def inputs() -> st.SearchStrategy[bytes]:
    """Three in four have other values, the others other bytes; tiny ones twice as often."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(KEPT.glob("*.json"))]
    documents = [*kept, *_tiny() * 6]
    return mostly(changed_json(documents), changed_bytes([json.dumps(document).encode() for document in documents]))


def reader():
    library, taken = tiny_models.shared_library(), 0

    def read(content: bytes) -> None:
        nonlocal taken
        text = decode(content, "The run")
        saved = SavedSession.parse(text)
        if (saved.config.source, saved.config.target) != (CONFIG.source, CONFIG.target):
            return
        session = Session.from_json(text, library)
        taken += 1
        assert isinstance(session.caption, str)
        if not taken % GO_ON:
            session.reset() if session.finished else session.step()
        SavedSession.parse(session.to_json())

    return read


KIND = Kind("runs", "Saved runs", 2, 10_000, inputs, reader)
