"""What a batch came to, as a table with small copies of the pictures and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fuse_core.analysis.batch_mean import mean_objective
from fuse_core.search.config import CaptionConfig
from fuse_core.search.journal_file import BatchResult
from fuse_core.words.word_filter import filter_note
from ui.kit.templates import render
from ui.kit.thumbnails import thumbnail


@dataclass(frozen=True)
class Row:
    """One result of a batch.

    Attributes
    ----------
    result : BatchResult
    path : Path
        The picture.
    config : CaptionConfig
        What it was captioned with.
    run : Path or None
        The search as a session file, where it is kept.
    name : str
        Of the picture, with the seed where there are several.
    """

    result: BatchResult
    path: Path
    config: CaptionConfig
    run: Path | None
    name: str


def table(rows: Sequence[Row]) -> str:
    """One row a result, in order, each with a button that opens it in Optimise."""
    shown = [
        {
            "name": row.name,
            "picture": thumbnail(row.path),
            "caption": row.result.values.get("caption", ""),
            "objective": f"{row.result.values['objective']:.3f}" if "objective" in row.result.values else "",
            "note": row.result.values.get("error", "from before" if row.result.repeated else row.result.idle_note),
            "opens": "" if "error" in row.result.values else "run" if row.run else "picture",
        }
        for row in rows
    ]
    return render("batch_rows", rows=shown)


def summary(rows: Sequence[Row]) -> str:
    """How many captions there are, how many pictures have none, the mean objective, and what the word filter did."""
    good = [row for row in rows if "error" not in row.result.values]
    done = f"Finished: {len(good)} caption" + ("" if len(good) == 1 else "s")
    done += f", {len(rows) - len(good)} that could not be read." if len(good) < len(rows) else "."
    return " ".join(filter(None, [done, mean(good), filter_note(sum(row.result.n_filtered for row in rows))]))


def mean(rows: Sequence[Row]) -> str:
    """The mean objective in a sentence; pictures are told apart by their content, else by their name."""
    found = ((row.result.sha256 or row.result.image, row.result.values.get("objective")) for row in rows)
    return mean_objective((image, objective) for image, objective in found if objective is not None)
