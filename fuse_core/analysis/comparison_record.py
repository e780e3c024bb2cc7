"""A comparison's record: made, read from its file whatever version wrote it, and shown as two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fuse_core.analysis.arm_runs import compared
from fuse_core.analysis.arms import ARMS
from fuse_core.analysis.comparison import summary
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_json
from fuse_core.search.config import CaptionConfig

VERSION = 2  # 1 had no version, and wall seconds, which say nothing of a busy machine, in place of CPU-seconds

Rows = list[dict[str, str]]


def read_record(path: Path) -> dict[str, Any]:
    """What ``compare --record`` wrote; CPU-seconds are None where version 1 wrote it.

    Raises
    ------
    UserError
        For a file that is no such record, or one of a later version.
    """
    record = read_json(path)
    if not isinstance(record, dict) or not {"arms", "pairs", "results", "level"} <= record.keys():
        raise UserError(f"'{path.name}' is no record of a comparison.", "Give a file that compare --record wrote.")
    version = record.get("version", 1)
    if version not in (1, VERSION):
        raise UserError(f"'{path.name}' is a record of version {version}, which is not known here.", "Record it again.")
    if version == 1:
        for arm in (*record["arms"].values(), *(arm for row in record["results"] for arm in row["arms"].values())):
            del arm["seconds"]
            arm["cpu_seconds"] = None
    return record


def record_of(
    results: Sequence[Mapping[str, Any]],
    skipped: Sequence[Mapping[str, str]],
    config: CaptionConfig,
    preset: str,
    folder: str,
    seeds: Sequence[int],
    shard: str = "",
) -> dict[str, Any]:
    """What ``compare`` answers and writes, and the page shows: the settings, ``summary``, and every run.

    Parameters
    ----------
    results : sequence
        Of ``picture_result``, at least one.
    preset, folder : str
        Where the settings and the pictures are from, for people.
    shard : str, optional
        Which part of the pictures they are, such as ``2/8``.
    """
    today = datetime.now(UTC).date().isoformat()
    head = {"version": VERSION, "preset": preset, "folder": folder, "created": today, "seeds": list(seeds)}
    left_out = {"skipped": list(skipped)} if skipped else {}
    if shard:
        head["shard"] = shard
    answer = {"config": compared(config).as_dict(), **summary(results), "results": list(results)}
    return head | answer | left_out


def means(record: Mapping[str, Any]) -> Rows:
    """One row an arm: its mean over the pictures, and what it cost a picture."""
    return [
        {
            "arm": name,
            "mean objective": f"{arm['objective']:.2f}",
            _interval(record): _ends(arm["interval"], ".2f"),
            "candidates": f"{arm['evaluations']:,.0f}",
            "LM passes": f"{arm['n_forward_passes']:,.0f}",
            "CPU-seconds": "" if arm["cpu_seconds"] is None else f"{arm['cpu_seconds']:.1f}",
            "who proposes": ARMS[name].help,
        }
        for name, arm in record["arms"].items()
    ]


def differences(record: Mapping[str, Any]) -> Rows:
    """One row a pair of arms, first minus second."""
    return [
        {
            "first minus second": f"{pair['first']} minus {pair['second']}",
            "difference": f"{pair['difference']:+.2f}",
            _interval(record): _ends(pair["interval"], "+.2f"),
            "lower and higher on": f"{pair['lower']} and {pair['higher']}",
            "sign test p": f"{pair['sign_test']:.2g}",
        }
        for pair in record["pairs"]
    ]


def _interval(record: Mapping[str, Any]) -> str:
    return f"{100 * record['level']:.0f} % interval"


def _ends(interval: Sequence[float] | None, form: str) -> str:
    return "" if interval is None else f"{interval[0]:{form}} to {interval[1]:{form}}"
