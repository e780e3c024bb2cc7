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
COLUMNS = ["arm", "objective", "of lm's", "caption", "candidates scored", "LM passes", "seconds"]


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
            round(run.seconds, 1),
        ]
        for run in sorted(found, key=lambda run: run.objective)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict(found: Sequence[ArmRun]) -> str:
    """The objectives in a sentence, best first, and what one picture is worth."""
    ranked = ", ".join(f"{run.arm} {run.objective:.3f}" for run in sorted(found, key=lambda run: run.objective))
    return f"{ranked}. Lower is better. One picture shows little: the differences over many are below."


def means(recorded: Mapping[str, Any]) -> pd.DataFrame:
    """One row an arm of a recorded comparison: its mean over the pictures and what it cost."""
    rows = [
        [
            name,
            f"{arm['objective']:.2f}",
            _ends(arm["interval"], ".2f"),
            f"{arm['evaluations']:,.0f}",
            f"{arm['n_forward_passes']:,.0f}",
            f"{arm['seconds']:.1f}",
            ARMS[name].help,
        ]
        for name, arm in recorded["arms"].items()
    ]
    columns = ["arm", "mean objective", _interval(recorded), "candidates", "LM passes", "seconds", "what it proposes"]
    return pd.DataFrame(rows, columns=columns)


def differences(recorded: Mapping[str, Any]) -> pd.DataFrame:
    """One row a pair of arms of a recorded comparison, first minus second."""
    rows = [
        [
            f"{pair['first']} minus {pair['second']}",
            f"{pair['difference']:+.2f}",
            _ends(pair["interval"], "+.2f"),
            pair["lower"],
            pair["higher"],
            f"{pair['sign_test']:.2g}",
        ]
        for pair in recorded["pairs"]
    ]
    columns = ["pair", "difference", _interval(recorded), "lower on", "higher on", "sign test p"]
    return pd.DataFrame(rows, columns=columns)


def says(recorded: Mapping[str, Any]) -> str:
    """What the differences say, as a Markdown list."""
    return "\n".join(f"- **{pair['question']}** {pair['says']}" for pair in recorded["pairs"])


def _interval(recorded: Mapping[str, Any]) -> str:
    return f"{100 * recorded['level']:.0f} % interval"


def _ends(interval: Sequence[float] | None, form: str) -> str:
    return "" if interval is None else f"{interval[0]:{form}} to {interval[1]:{form}}"
