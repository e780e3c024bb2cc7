"""CSV (RFC 4180) that a spreadsheet opens as what it is: no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

# What makes a spreadsheet calculate, its full-width forms included, and white space that some drop before they look.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # by which spreadsheets know UTF-8
SEPARATED = re.compile(rf"([,;\t]\s*)(?=[{re.escape(''.join(FORMULA_STARTS))}])")


def inert(cell: object) -> object:
    """A cell with an apostrophe before text that a spreadsheet would take for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def comments(settings: Mapping[str, object], mark: str = "#") -> str:
    """Settings as lines that begin with a mark, each value as JSON, so that none breaks its line.

    ``pandas.read_csv(file, comment="#")`` skips them. A spreadsheet cuts them at commas: no piece is a formula.
    """
    lines = (f"{mark} {name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in settings.items())
    return "".join(SEPARATED.sub(r"\1'", " ".join(line.splitlines())) + "\r\n" for line in lines)


def csv_text(rows: Iterable[Sequence[object]], settings: Mapping[str, object] | None = None) -> str:
    """Rows, the header first, as CSV with a byte order mark; None is an empty cell.

    Parameters
    ----------
    settings : mapping, optional
        What the rows were made with; stands above them as ``comments``.
    """
    text = io.StringIO()
    # All text is quoted: a bare # would begin a comment.
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows([inert(cell) for cell in row] for row in rows)
    return BOM + comments(settings or {}) + text.getvalue()
