"""An experiment's record: its table with all that it was made with, checked against its own description."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from fuse_core.analysis.experiments.experiment import EXPERIMENTS, Experiment, Row
from fuse_core.common.csv import csv_text
from fuse_core.common.errors import UserError
from fuse_core.common.storage import assets_folder
from fuse_core.common.text_files import read_json
from fuse_core.common.version import VERSION as FUSE_VERSION

FORMAT, VERSION = "fuse-explorer-experiment", 1
RECORDED = assets_folder() / "recorded" / "experiments"
Record = dict[str, Any]


def command_of(name: str, size: str) -> str:
    """What computes a record again."""
    return f"python -m fuse_core experiment {name} --size {size}"


def record_of(
    experiment: Experiment,
    size: str,
    rows: list[Row],
    left_out: list[dict[str, Any]],
    cpu_seconds: float,
    device: str,
) -> Record:
    """The record of finished cells.

    Parameters
    ----------
    rows : list of Row
        Of the table.
    left_out : list of dict
        ``cell`` and ``error`` of the cells that could not be measured.
    cpu_seconds : float
        Of all cells.
    device : str
        What it ran on, for people.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "experiment": experiment.name,
        "size": size,
        "settings": dict(experiment.sizes[size]),
        "command": experiment.command or command_of(experiment.name, size),
        "created": datetime.now(UTC).date().isoformat(),
        "versions": {"fuse": FUSE_VERSION, "torch": torch.__version__, "python": platform.python_version()},
        "device": device,
        "cpu_seconds": round(cpu_seconds, 1),
        "left_out": left_out,
        "rows": rows,
    }


def read_record(path: Path, what: str = "") -> Record:
    """A record from its file.

    Raises
    ------
    UserError
        For a file that is none, of a later version, or not as its experiment describes it.
    """
    what = what or f"'{path.name}'"
    record = read_json(path, what)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{what} is no record of an experiment.", "Give a NAME.json that `experiment` wrote.")
    if record.get("version") != VERSION or record.get("experiment") not in EXPERIMENTS:
        raise UserError(f"{what} is of an experiment or a version that is not known here.", "Measure it again.")
    if problem := problem_of(record):
        raise UserError(f"{what} is damaged: {problem}.", "Measure it again.")
    return record


def problem_of(record: Mapping[str, Any]) -> str:
    """What in a record is not as its experiment says; empty where all is."""
    experiment = EXPERIMENTS[record["experiment"]]
    wanted = {"size", "settings", "command", "created", "versions", "device", "cpu_seconds", "left_out", "rows"}
    if missing := wanted - record.keys():
        return f"it lacks {', '.join(sorted(missing))}"
    if not isinstance(record["rows"], list) or not record["rows"]:
        return "it has no rows"
    for k, row in enumerate(record["rows"], 1):
        if not isinstance(row, dict) or list(row) != [column.name for column in experiment.columns]:
            return f"row {k} has other columns"
        for column in experiment.columns:
            value = row[column.name]
            known = isinstance(value, str) if column.kind == "text" else value is None or _is_number(value)
            if not known:
                return f"row {k} has no {column.kind} as {column.name}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def record_csv(record: Mapping[str, Any]) -> str:
    """The table as CSV, below everything else of the record."""
    names = list(record["rows"][0])
    about = {name: value for name, value in record.items() if name != "rows"}
    return csv_text([names, *([row[name] for name in names] for row in record["rows"])], about)
