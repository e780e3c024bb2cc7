"""What a batch came to, as a table and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fuse_core.search.batch import BatchResult

COLUMNS = ["picture", "caption", "objective", "note"]


def table(results: Sequence[BatchResult]) -> pd.DataFrame:
    """One row a picture, in order."""
    rows = [
        [
            r.image,
            r.values.get("caption", ""),
            round(r.values["objective"], 3) if "objective" in r.values else None,
            r.values.get("error", "from before" if r.repeated else r.idle_note),
        ]
        for r in results
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(results: Sequence[BatchResult]) -> str:
    """How many captions there are, and how many pictures have none."""
    bad = sum("error" in r.values for r in results)
    done = f"Finished: {len(results) - bad} caption" + ("" if len(results) - bad == 1 else "s")
    return done + (f", {bad} that could not be read." if bad else ".")
