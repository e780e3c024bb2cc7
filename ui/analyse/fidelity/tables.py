"""Tables of the Fidelity view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fuse_core.analysis.fidelity_names import gradient_label
from ui.analyse.fidelity.figures import short


def summary(report: Mapping[str, Any]) -> pd.DataFrame:
    """Spearman, its share of the target's own gradient's, and recall, with intervals over pictures."""

    def cell(measure: str, name: str, style: str = ".3f") -> str:
        mean, (low, high) = report[measure][name], report["interval"][measure][name]
        if mean is None:
            return "undefined"
        ends = "" if low is None else f" ({low:{style}} to {high:{style}})"
        return f"{mean:{style}}{ends}".replace("-", "−")  # of a hyphen, CSV would make a formula

    columns = {
        "Spearman": ("spearman",),
        "Spearman / target's own": ("share",),
        f"held-out words ({report['heldout_candidates']})": ("heldout",),
        "held-out / target's own": ("heldout_share",),
        f"best {report['best']} in the top {report['within']}": ("recall", ".1%"),
    }
    rows = [
        {"gradient": gradient_label(name)}
        | {column: cell(of, name, *style) for column, (of, *style) in columns.items()}
        for name in report["spearman"]
    ]
    return pd.DataFrame(rows)


def contexts(report: Mapping[str, Any]) -> pd.DataFrame:
    """One row a context: rank correlation and recall of every gradient."""
    rows, measures = [], {"Spearman": "spearman", "recall": "recall", "Spearman, held-out words": "heldout"}
    for row in report["contexts"]:
        rows.append(
            {
                "picture": row["image"],
                "context": row["context"].strip() or "(empty)",
                **{f"{told}, {_short(name)}": v for told, key in measures.items() for name, v in row[key].items()},
            }
        )
    return pd.DataFrame(rows).round(3)


def candidates(points: Mapping[str, Any]) -> pd.DataFrame:
    """Every candidate of one context, truly best first."""
    frame = pd.DataFrame({"token": [t.strip() for t in points["tokens"]], "true loss": points["losses"]})
    for name, scores in points["scores"].items():
        frame[f"predicted gain, {_short(name)}"] = scores
    return frame.sort_values("true loss", kind="stable").round(4)


def _short(name: str) -> str:
    return short(name).replace("<br>", " ")
