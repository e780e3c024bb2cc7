"""What a comparison of arms came to: figure, tables and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from fuse_core.analysis.arm_runs import ArmRun
from fuse_core.analysis.arms import ARMS
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

COLOURS = {"fuse": ACCENT, "target": THIRD, "lm": SECOND, "words": SECOND, "random": INK}
COLUMNS = ["arm", "objective", "of lm's", "caption", "candidates scored", "LM passes", "CPU-seconds"]


def curves(found: Sequence[ArmRun]) -> go.Figure:
    """The best prompt's objective after every step, one line an arm, dashed for those with words."""
    if not found:
        return empty("Press Compare to begin.")
    figure = go.Figure()
    for run in found:
        arm = ARMS[run.arm]
        style = {
            "color": COLOURS[arm.guidance],
            "width": 3 if arm.guidance == "fuse" else 2,
            "dash": "solid" if arm.unit == "token" else "dash",
        }
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(run.objectives) + 1)),
                y=run.objectives,
                name=run.arm,
                mode="lines+markers",
                line=style,
                hovertemplate=f"{run.arm}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="step", dtick=1)
    figure.update_yaxes(title="objective, lower is better")
    return layout(figure, 360)


def table(found: Sequence[ArmRun]) -> pd.DataFrame:
    """One row an arm, lowest objective first."""
    lm = next((run.objective for run in found if run.arm == "lm"), None)
    rows = [
        [
            run.arm,
            round(run.objective, 3),
            f"{run.objective / lm:.3f}" if lm else "",
            run.caption,
            run.evaluations,
            run.n_forward_passes,
            round(run.cpu_seconds, 1),
        ]
        for run in sorted(found, key=lambda run: run.objective)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict(found: Sequence[ArmRun]) -> str:
    """The objectives in a sentence, best first, and what one picture is worth."""
    ranked = ", ".join(f"{run.arm} {run.objective:.3f}" for run in sorted(found, key=lambda run: run.objective))
    return f"{ranked}. Lower is better. One picture shows little: the differences over many are below."


def says(recorded: Mapping[str, Any]) -> str:
    """What the differences say, as a Markdown list."""
    return "\n".join(f"- **{pair['question']}** {pair['says']}" for pair in recorded["pairs"])
