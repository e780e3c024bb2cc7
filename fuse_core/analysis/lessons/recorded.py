"""What the lesson shows before any model is loaded: measured once by a command, and kept with the project.

``python -m fuse_core lessons`` makes all of it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.registry import Registry
from fuse_core.common.storage import assets_folder
from fuse_core.common.text_files import to_json
from fuse_core.library import Library

FOLDER = assets_folder() / "recorded"


@dataclass(frozen=True)
class RecordedLesson:
    """A measurement that a chapter starts from; each module of this package may declare one as ``LESSON``.

    Attributes
    ----------
    name : str
        Of the chapter, and of the file ``lesson-<name>.json``.
    order : int
        Number of the chapter.
    measure : callable
        From a library to plain values for JSON; what it does live for a visitor, it does here for the record.
    """

    name: str
    order: int
    measure: Callable[[Library], dict[str, Any]]


LESSONS: Registry[RecordedLesson] = Registry("fuse_core.analysis.lessons", "LESSON")


@cache
def recorded(name: str) -> dict[str, Any]:
    """What was measured for a chapter, with the day it was ``created``; read once, never changed."""
    return json.loads(_file(name).read_text("utf-8"))


def record(library: Library, names: Iterable[str] = ()) -> list[Path]:
    """Measure again and write the files: of these chapters, or of all. Half a minute a chapter on two cores.

    Raises
    ------
    UserError
        For a chapter that has none, and when a model cannot be had.
    """
    written = []
    for name in names or LESSONS:
        if name not in LESSONS:
            raise UserError(f"No chapter '{name}' has recorded data.", f"Known: {', '.join(LESSONS)}.")
        values = {"created": datetime.now(UTC).date().isoformat(), **LESSONS[name].measure(library)}
        _file(name).write_text(to_json(values) + "\n", "utf-8")
        written.append(_file(name))
    return written


def _file(name: str) -> Path:
    return FOLDER / f"lesson-{name}.json"
