"""CSV (RFC 4180) that a spreadsheet opens as what it is: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What makes a spreadsheet calculate, its full-width forms included, and white space that some drop before they look.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # by which spreadsheets know UTF-8


def inert(cell: object) -> object:
    """A cell with an apostrophe before text that a spreadsheet would take for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows, the header first, as CSV with a byte order mark; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows([inert(cell) for cell in row] for row in rows)
    return BOM + text.getvalue()
