"""Captions of several runs side by side, picture by picture, none chosen: a document in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fuse_core.analysis.captions.metrics.metric import METRICS

DIGITS = {column: metric.digits for metric in METRICS.values() for column in metric.columns}


def captions_document(answer: Mapping[str, Any], command: str, pictures: str) -> str:
    """What ``evaluate --markdown`` writes.

    Parameters
    ----------
    answer : mapping
        A ``report``, with ``against`` where runs are compared; those stand before it, in their order.
    command : str
        That made it, told in the document.
    pictures : str
        Where the pictures are, relative to the document; empty to show none.
    """
    runs = [*answer["against"], answer]
    names = [run["name"] for run in runs]
    parts = [
        "# Captions, picture by picture",
        f"{answer['pictures']} of the {answer['of']} pictures of `{answer['references']}`: every one that has a "
        f"caption, in the file's order, none chosen. Made by `{command}`.",
        "## Measures",
        _table(["measure", *names], [[column, *(_value(run, column) for run in runs)] for column in answer["metrics"]]),
        f"In brackets {100 * answer['level']:.0f} % bootstrap intervals over the pictures.",
    ]
    if answer["against"]:
        parts += [_differences(answer, other) for other in answer["against"]]
    parts += [f"No {name}: {why}" for name, why in answer["missing"].items()]
    rows = [[_picture(row, pictures), row["references"][0], *_captions(row, answer)] for row in answer["results"]]
    parts += ["## Captions", _table(["picture", "a reference", *names], rows)]
    return "\n\n".join(parts) + "\n"


def _differences(answer: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    found = other["differences"]
    rows = [
        [column, f"{d['difference']:+.{DIGITS[column]}f}", ends(d["interval"], column, "+"), d["lower"], d["higher"]]
        for column, d in found["columns"].items()
    ]
    head = f"{answer['name']} minus {other['name']}, on {found['pictures']} pictures:"
    return f"{head}\n\n{_table(['measure', 'difference', 'interval', 'lower on', 'higher on'], rows)}"


def _captions(row: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    return [*(other["captions"].get(row["image"], "") for other in answer["against"]), row["caption"]]


def _picture(row: Mapping[str, Any], pictures: str) -> str:
    return f'<img src="{pictures}/{row["image"]}" width="120" alt="{row["image"]}">' if pictures else row["image"]


def _value(run: Mapping[str, Any], column: str) -> str:
    found = run["metrics"].get(column)
    return f"{found['value']:.{DIGITS[column]}f} ({ends(found['interval'], column)})" if found else "-"


def ends(interval: Sequence[float] | None, column: str, sign: str = "") -> str:
    """The ends of an interval with the column's digits; a dash where there is none."""
    return "-" if interval is None else " to ".join(f"{end:{sign}.{DIGITS[column]}f}" for end in interval)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
