"""The finished cells of an experiment, in a file that a broken-off one goes on with.

JSON lines: first what the experiment is of, then a cell a line. Lines are only ever added.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import Timeout

from fuse_core.analysis.experiments.experiment import Cell, Row
from fuse_core.common.errors import UserError
from fuse_core.common.locks import lock_beside
from fuse_core.common.storage import explained
from fuse_core.common.text_files import parse_json, shown_name, to_json


class CellJournal:
    """Finished cells, in memory and on disk; ``open_cells`` makes one.

    Attributes
    ----------
    path : Path
    done : dict
        A cell as JSON -> its observations and CPU-seconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, dict[str, Any]] = {}

    def find(self, cell: Cell) -> dict[str, Any] | None:
        """``rows`` and ``cpu_seconds`` of a finished cell."""
        return self.done.get(to_json(dict(cell)))

    def add(self, cell: Cell, rows: list[Row], cpu_seconds: float) -> None:
        """Keep a finished cell: on disk before this returns."""
        line = {"cell": dict(cell), "rows": rows, "cpu_seconds": round(cpu_seconds, 2)}
        with explained(self.path), self.path.open("ab") as file:
            file.write((to_json(line) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        self._file(parse_json(to_json(line)))

    def _file(self, line: Any) -> None:
        self.done[to_json(line["cell"])] = {"rows": line["rows"], "cpu_seconds": line["cpu_seconds"]}

    def read(self, head: str) -> None:
        """What is there already; a line that is no whole one, of a process that was killed, is cut off.

        Raises
        ------
        UserError
            For a file of other settings.
        """
        content = self.path.read_bytes() if self.path.exists() else b""
        first, *lines = content.split(b"\n")
        if not lines:  # new, or killed while it was begun
            self.path.write_bytes(head.encode() + b"\n")
            return
        if first.decode("utf-8", "replace") != head:
            raise UserError(
                f"'{shown_name(self.path)}' holds cells of other settings, or of another version of the experiment.",
                "Choose another folder, or remove the file.",
            )
        if cut := lines.pop():
            os.truncate(self.path, len(content) - len(cut))
        for line in lines:
            self._file(parse_json(line.decode()))


@contextmanager
def open_cells(path: Path, head: dict[str, Any]) -> Iterator[CellJournal]:
    """A journal to go on with, or a new one; no other process may write to it meanwhile.

    Parameters
    ----------
    head : dict
        All that cells depend on: a file that begins with another one is refused.

    Raises
    ------
    UserError
        When another process writes to the file, it is of other settings, or cannot be written.
    """
    journal = CellJournal(path)
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with lock_beside(path, 0):
            with explained(path):
                journal.read(to_json(head))
            yield journal
    except Timeout as error:
        raise UserError(
            f"Another process is writing to '{shown_name(path)}'.", "Wait until it ends, or choose another folder."
        ) from error
    except ValueError as error:
        raise UserError(f"'{shown_name(path)}' is damaged.", "Remove it, or choose another folder.") from error
