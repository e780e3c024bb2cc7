"""Captions of several runs side by side, picture by picture, none chosen: a document in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fuse_core.analysis.captions.tables import ends, missing, number, pictures, within


def captions_document(answer: Mapping[str, Any], command: str, folder: str) -> str:
    """What ``evaluate --markdown`` writes.

    Parameters
    ----------
    answer : mapping
        A ``report``, with ``against`` where runs are compared; those stand before it, in their order.
    command : str
        That made it, told in the document.
    folder : str
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
        *(_differences(answer, other) for other in answer["against"]),
        *missing(answer),
        "## Captions",
        _table(
            ["picture", "a reference", *names],
            [[_picture(row.image, folder), row.references[0], *row.captions.values()] for row in pictures(answer)],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _differences(answer: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    found = other["differences"]
    rows = [
        [column, number(d["difference"], column, "+"), ends(d["interval"], column, "+"), d["lower"], d["higher"]]
        for column, d in found["columns"].items()
    ]
    head = f"{answer['name']} minus {other['name']}, on {found['pictures']} pictures:"
    return f"{head}\n\n{_table(['measure', 'difference', 'interval', 'lower on', 'higher on'], rows)}"


def _picture(image: str, folder: str) -> str:
    return f'<img src="{folder}/{image}" width="120" alt="{image}">' if folder else image


def _value(run: Mapping[str, Any], column: str) -> str:
    found = run["metrics"].get(column)
    return within(found["value"], found["interval"], column) if found else "-"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
