"""What a comparison of guidances came to: figure, table and verdict."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from fuse_core.analysis.baselines import Baseline
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

COLOURS = {"fuse": ACCENT, "target": THIRD, "lm": SECOND, "random": INK}
COLUMNS = ["guidance", "objective", "of lm's", "caption", "candidates scored", "LM passes", "seconds"]


def curves(found: Sequence[Baseline]) -> go.Figure:
    """The best prompt's objective after every step, one line a guidance."""
    if not found:
        return empty("Press Compare to begin.")
    figure = go.Figure()
    for b in found:
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(b.objectives) + 1)),
                y=b.objectives,
                name=b.guidance,
                mode="lines+markers",
                line={"color": COLOURS[b.guidance], "width": 3 if b.guidance == "fuse" else 2},
                hovertemplate=f"{b.guidance}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="step", dtick=1)
    figure.update_yaxes(title="objective, lower is better")
    return layout(figure, 360)


def table(found: Sequence[Baseline]) -> pd.DataFrame:
    """One row a guidance, lowest objective first."""
    lm = next((b.objective for b in found if b.guidance == "lm"), None)
    rows = [
        [
            b.guidance,
            round(b.objective, 3),
            f"{b.objective / lm:.3f}" if lm else "",
            b.caption,
            b.evaluations,
            b.n_forward_passes,
            round(b.seconds, 1),
        ]
        for b in sorted(found, key=lambda b: b.objective)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict(found: Sequence[Baseline]) -> str:
    """All four objectives in a sentence."""
    by = {b.guidance: b.objective for b in found}
    return (
        f"FUSE reaches {by['fuse']:.3f}, the language model alone {by['lm']:.3f}, the image model's own gradient "
        f"{by['target']:.3f}, random proposals {by['random']:.3f}. Lower is better."
    )
