"""A batch as a record: its day, settings, results and mean objective; what the page shows before one is run there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_json
from fuse_core.search.config import CaptionConfig
from fuse_core.search.journal_file import BatchResult

VERSION = 1


def record_of(results: Sequence[BatchResult], config: CaptionConfig, folder: str) -> dict[str, Any]:
    """What ``caption DIR --record`` writes, as JSON values; ``folder`` is told to people."""
    return {
        "version": VERSION,
        "created": datetime.now(UTC).date().isoformat(),
        "folder": folder,
        "config": config.as_dict(),
        "results": [result.as_dict() for result in results],
    }


def read_record(path: Path) -> tuple[dict[str, Any], CaptionConfig, list[BatchResult]]:
    """A record, its settings and its results.

    Raises
    ------
    UserError
        For a file that is no such record, or one of a later version.
    """
    record = read_json(path)
    if not isinstance(record, dict) or record.get("version") != VERSION or "results" not in record:
        raise UserError(f"'{path.name}' is no record of a batch.", "Give a file that caption --record wrote.")
    config = CaptionConfig.from_dict(record["config"], f"The settings in '{path.name}'")
    rows = [{**row} for row in record["results"]]
    return record, config, [BatchResult(row.pop("image"), row) for row in rows]
