"""Tables of the Fidelity view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fuse_core.analysis.fidelity_names import GRADIENT_NAMES
from ui.analyse.fidelity.figures import SHORT


def summary(report: Mapping[str, Any]) -> pd.DataFrame:
    """Spearman, its share of the target's own gradient's, and recall, mean ± spread over contexts."""
    spread = report["spread"]

    def cell(measure: str, name: str, style: str) -> str:
        mean, deviation = report[measure][name], spread[measure][name]
        if mean is None:
            return "undefined"
        return f"{mean:{style}} ± {deviation:{style}}".replace("-", "−")  # of a hyphen, CSV would make a formula

    rows = [
        [label, cell("spearman", name, ".3f"), cell("share", name, ".3f"), cell("recall", name, ".1%")]
        for name, label in GRADIENT_NAMES.items()
        if name in report["spearman"]
    ]
    recalled = f"best {report['best']} in the top {report['within']}"
    return pd.DataFrame(rows, columns=["gradient", "Spearman", "Spearman / target's own", recalled])


def contexts(report: Mapping[str, Any]) -> pd.DataFrame:
    """One row a context: rank correlation and recall of every gradient."""
    rows, measures = [], ("Spearman", "recall")
    for row in report["contexts"]:
        rows.append(
            {
                "picture": row["image"],
                "context": row["context"].strip() or "(empty)",
                **{f"{measure}, {_short(name)}": v for measure in measures for name, v in row[measure.lower()].items()},
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
    return SHORT[name].replace("<br>", " ")
