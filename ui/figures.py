"""Plotly figures; transparent, with mid-grey text, so that they read in light and dark."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.records import Step

INK = "#8a94a6"
GRID = "rgba(138,148,166,0.25)"
ACCENT, SECOND, THIRD = "#6366f1", "#f59e0b", "#10b981"


def _layout(figure: go.Figure, height: int, **more) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 36, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 13},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        **more,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    return figure


def objective_curve(steps: Sequence[Step], config: CaptionConfig | None) -> go.Figure:
    """The best prompt's objective after every step, and what each model contributes to it."""
    figure = go.Figure()
    taken = [step for step in steps if step.index and step.beams]
    if not taken or config is None:
        figure.add_annotation(text="The curve begins with the first step.", showarrow=False, font={"color": INK})
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
        return _layout(figure, 280)
    x = [step.index for step in taken]
    texts = [step.beams[0].text.strip() for step in taken]
    weights = {config.source: config.lm_weight, config.target: config.image_weight}
    labels = {config.source: f"fluency: {config.source} x {config.lm_weight:g}"}
    labels[config.target] = f"picture: {config.target} x {config.image_weight:g}"
    lines: list[tuple[str, Sequence[float | None], str, int]]
    lines = [("objective", [step.beams[0].objective for step in taken], ACCENT, 3)]
    for name, colour in ((config.target, SECOND), (config.source, THIRD)):
        values = [weights[name] * (step.beams[0].losses or {})[name] for step in taken]
        lines.append((labels[name], values, colour, 2))
    for name, values, colour, width in lines:
        figure.add_trace(
            go.Scatter(
                x=x,
                y=values,
                name=name,
                text=texts,
                mode="lines+markers",
                line={"color": colour, "width": width},
                hovertemplate="step %{x}: %{y:.3f}<br>%{text}<extra></extra>",
            )
        )
    figure.update_xaxes(title="step (tokens)", dtick=1 if len(x) <= 16 else None)
    figure.update_yaxes(title="loss, lower is better", rangemode="tozero")
    return _layout(figure, 320)


def bucket_heatmap(counts: Sequence[Sequence[int]], source: str, target: str) -> go.Figure:
    """Distinct words by (source tokens i, target tokens j), shaded by the logarithm of the count."""
    size = len(counts)
    shade = [[len(str(n)) if n else 0 for n in row] for row in counts]
    figure = go.Figure(
        go.Heatmap(
            z=shade,
            x=[str(j) for j in range(1, size + 1)],
            y=[str(i) for i in range(1, size + 1)],
            text=[[f"{n:,}" for n in row] for row in counts],
            texttemplate="%{text}",
            textfont={"color": "#0f172a", "size": 14},
            hovertemplate="i = %{y}, j = %{x}: %{text} words<extra></extra>",
            colorscale=[[0, "#eef2ff"], [1, "#818cf8"]],
            showscale=False,
            xgap=3,
            ygap=3,
        )
    )
    figure.update_xaxes(title=f"j: tokens in {target}", type="category", showgrid=False)
    figure.update_yaxes(title=f"i: tokens in {source}", autorange="reversed", type="category", showgrid=False)
    return _layout(figure, 340)
