"""What the program logs: never what a visitor wrote or uploaded."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

OURS = ("fuse_core", "ui")


def set_up(public: bool) -> None:
    """Log to the standard error: sentences for a program's own user, one JSON object a line on a public host."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if public else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an error its kind and its place: its message may quote what a visitor wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and (error := record.exc_info[1]):
            line["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)
            line["at"] = ", ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
        return json.dumps(line)
