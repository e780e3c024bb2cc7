"""An evaluation on the page: table, pictures with their captions, and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from PIL import Image

from fuse_core.analysis.captions.metrics.metric import METRICS
from fuse_core.analysis.captions.tables import measures, missing, pictures
from fuse_core.common.pictures import to_data_url
from fuse_core.search.batch import BatchResult
from ui.kit.templates import render

SHOWN = 100  # pictures on the page; the table to download has all
SIDE = 112  # pixels


def table(answer: Mapping[str, Any] | None) -> pd.DataFrame:
    """One row a measure."""
    return pd.DataFrame(measures(answer)) if answer else pd.DataFrame(columns=["measure", "value"])


def gallery(answer: Mapping[str, Any], opened: Callable[[str], Image.Image]) -> str:
    """What could not be measured, and every picture with the captions of all runs; ``opened`` gives one by its name."""
    rows = pictures(answer)
    shown = [
        {
            "picture": to_data_url(opened(row.image), SIDE, "JPEG"),
            "name": row.image,
            "captions": row.captions,
            "references": row.references,
            "scores": row.scores,
        }
        for row in rows[:SHOWN]
    ]
    return render("captions", rows=shown, more=len(rows) - len(shown), missing=missing(answer))


def so_far(results: Sequence[BatchResult]) -> str:
    """The captions of a run that goes on."""
    rows = [
        {"name": r.image, "caption": r.values.get("caption", ""), "error": r.values.get("error", "")} for r in results
    ]
    return render("captions_so_far", rows=rows)


def hints() -> str:
    """What each measure says, as a Markdown list."""
    return "\n".join(f"- **{m.name}.** {m.help} {m.better.capitalize()} is better." for m in METRICS.values())


def summary(answer: Mapping[str, Any], notes: str) -> str:
    """How many captions were judged, and what else there is to say of the run."""
    done = f"{answer['pictures']} of the {answer['of']} pictures of {answer['references']} judged."
    return f"{done} {notes}".strip()
