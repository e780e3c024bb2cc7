"""Tables that were saved, read as people who use pandas read them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def saved_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV below its settings, every cell as it stands."""
    table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
