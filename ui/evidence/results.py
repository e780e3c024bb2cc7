"""An experiment's record on the page: its table, and what it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fuse_core.analysis.experiments.experiment import Experiment
from fuse_core.analysis.experiments.record import Record
from ui.kit.about import About
from ui.kit.texts import text

DIGITS = 5  # significant ones on the page and in what is saved from it; the command's files have all
TOLD = ("experiment", "size", "command", "created", "versions", "device", "cpu_seconds", "settings")


def table(experiment: Experiment, record: Record) -> pd.DataFrame:
    """The rows under the titles of their columns."""
    rows = [[_shown(row[column.name]) for column in experiment.columns] for row in record["rows"]]
    return pd.DataFrame(rows, columns=[column.title for column in experiment.columns], dtype=object)


def _shown(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def asked(experiment: Experiment) -> str:
    """The question and why it matters, as Markdown."""
    return f"### {experiment.title}\n{experiment.asks}"


def made(experiment: Experiment, record: Record) -> str:
    """What came out and what computes it again, as Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    left = " ".join(dict.fromkeys(f"Left out: {item['error']}" for item in record["left_out"]))
    told = text("evidence-recorded.md").format(
        says=experiment.says(record["rows"]), versions=versions, left=left, **_plain(record)
    )
    return told.strip()


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("command", "created", "device", "cpu_seconds")}


def about(record: Record) -> About:
    """For files that are saved of it."""
    return About({name: record[name] for name in TOLD}, [record["experiment"], record["size"]])
