"""A report as rows for people: a measure each, and a picture each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

from fuse_core.analysis.captions.metrics.metric import METRICS

DIGITS = {column: metric.digits for metric in METRICS.values() for column in metric.columns}


class PictureRow(NamedTuple):
    """A picture with the captions of all runs, by the runs' names, those compared with first."""

    image: str
    captions: dict[str, str]
    references: Sequence[str]
    scores: str


def measures(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row a measure, with its interval; where runs are compared with, one a run and measure.

    Such a row has that run's value, too, the difference, and on how many pictures the value is lower and higher than
    that run's.
    """
    own = {
        column: {"measure": column, answer["name"]: within(found["value"], found["interval"], column)}
        for column, found in answer["metrics"].items()
    }
    rows = []
    for other in answer["against"]:
        for column, difference in other["differences"]["columns"].items():
            there = other["metrics"][column]
            compared = {
                "compared with": other["name"],
                "theirs": within(there["value"], there["interval"], column),
                "difference": within(difference["difference"], difference["interval"], column, "+"),
                "lower and higher on": f"{difference['lower']} and {difference['higher']}",
            }
            rows.append(own[column] | compared)
    told = {row["measure"] for row in rows}
    return rows + [row for column, row in own.items() if column not in told]


def pictures(
    answer: Mapping[str, Any], columns: Sequence[str] = ("CIDEr-D", "ROUGE-L", "E5 similarity")
) -> list[PictureRow]:
    """One row a picture that has a caption; scores are those of ``columns`` that were taken."""
    found = []
    for row in answer["results"]:
        captions = {other["name"]: other["captions"].get(row["image"], "") for other in answer["against"]}
        scores = ", ".join(f"{c} {number(row['scores'][c], c)}" for c in columns if c in row["scores"])
        found.append(PictureRow(row["image"], captions | {answer["name"]: row["caption"]}, row["references"], scores))
    return found


def missing(answer: Mapping[str, Any]) -> list[str]:
    """A sentence on every measure that could not be taken."""
    return [f"No {name}: {why}" for name, why in answer["missing"].items()]


def number(value: float, column: str, sign: str = "") -> str:
    """A value with its column's digits; a dash for one that cannot be told."""
    return "-" if isnan(value) else f"{value:{sign}.{DIGITS[column]}f}"


def ends(interval: Sequence[float] | None, column: str, sign: str = "") -> str:
    """The ends of an interval; a dash where there is none."""
    return "-" if interval is None else " to ".join(number(end, column, sign) for end in interval)


def within(value: float, interval: Sequence[float] | None, column: str, sign: str = "") -> str:
    """A value with its interval in brackets, where it has one."""
    shown = number(value, column, sign)
    return f"{shown} ({ends(interval, column, sign)})" if interval else shown
