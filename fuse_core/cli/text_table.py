"""Tables in plain text or Markdown, without pandas, whose import alone takes longer than a short command may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def text_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows under their column names, numbers aligned on the right and text on the left.

    Parameters
    ----------
    rows : sequence of mapping
        Column name -> value. A column that a row lacks is left blank; floats are shown with four digits.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        return ""
    shown = [[_shown(row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *shown, strict=True)]
    numeric = [all(isinstance(row.get(name), (int, float, type(None))) for row in rows) for name in columns]

    def line(cells: Sequence[str]) -> str:
        aligned = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric, strict=True))
        return "  ".join(aligned).rstrip()

    return "\n".join(map(line, [columns, *shown]))


def markdown_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows under their column names, those of the first row, as a Markdown table."""
    columns = list(rows[0])
    body = [[_shown(row.get(name)) for name in columns] for row in rows]
    lines = (f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *body))
    return "\n".join(lines)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
