"""Tables to read, as HTML: their cells wrap between words, as narrow as a phone is, and they need no box to scroll."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ui.kit.templates import render

SOFT_HYPHEN = "\u00ad"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], said: Sequence[str] = ()) -> str:
    """A table with its sentences below it; nothing where it has no row."""
    rows = list(rows)
    return render("table", headers=headers, rows=rows, sentences=said) if rows else ""


def unbroken(label: str) -> str:
    """A label without the soft hyphens that let a column be narrow: figures would show them."""
    return label.replace(SOFT_HYPHEN, "")
