"""Plotly figures; transparent, with mid-grey text, so that they read in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

import plotly.graph_objects as go

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step

INK = "#8a94a6"
GRID = "rgba(138,148,166,0.25)"
ACCENT, SECOND, THIRD = "#6366f1", "#f59e0b", "#10b981"
TERMS = (THIRD, SECOND, "#ec4899", "#06b6d4")  # fluency, picture, classifiers


def layout(figure: go.Figure, height: int, **more) -> go.Figure:
    """The common look of all figures."""
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


def empty(sentence: str) -> go.Figure:
    """A figure that has nothing to show yet, and says so."""
    figure = go.Figure()
    figure.add_annotation(text=sentence, showarrow=False, font={"color": INK})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return layout(figure, 280)


def objective_curve(steps: Sequence[Step], config: CaptionConfig | None, shown: int | None = None) -> go.Figure:
    """The best prompt's objective after every step, and what each model contributes to it."""
    taken = judged(steps)
    if not taken or config is None or len(steps) < 2:
        return empty("The curve begins with the first step.")
    figure = go.Figure()
    x = [step.index for step in taken]
    texts = [escape(step.beams[0].text.strip()) for step in taken]
    lines: list[tuple[str, Sequence[float | None], str, int]]
    lines = [("objective", [step.beams[0].objective for step in taken], ACCENT, 3)]
    for term, colour in zip(config.terms, cycle(TERMS), strict=False):
        values = [term.weight * (step.beams[0].losses or {})[term.name] for step in taken]
        lines.append((f"{term.what}: {term.model} x {term.weight:g}", values, colour, 2))
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
    if shown is not None:
        figure.add_vline(x=shown, line={"color": INK, "dash": "dot", "width": 1})
    # Fixed axes: a drag would zoom, and take clicks and a phone's scrolling with it.
    figure.update_xaxes(title="step", dtick=1 if len(x) <= 16 else None, fixedrange=True)
    figure.update_yaxes(title="loss, lower is better", rangemode="tozero", fixedrange=True)
    return layout(figure, 320, dragmode=False)


def judged(steps: Sequence[Step]) -> list[Step]:
    """The steps whose leader has an objective: all but an empty start."""
    return [step for step in steps if step.beams and step.beams[0].objective is not None]
