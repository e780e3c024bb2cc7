"""Figures of the bucket table: word counts by token lengths, and coverage against the longest word."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.kit.figures import ACCENT, SECOND, layout

ROOMY = 5  # up to so many columns, counts are written out in full


def heatmap(counts: Sequence[Sequence[int]], source: str, target: str) -> go.Figure:
    """Distinct words by (source tokens i, target tokens j), shaded by the number of digits of the count."""
    size = len(counts)
    label = _full if size <= ROOMY else _short
    figure = go.Figure(
        go.Heatmap(
            z=[[len(str(n)) if n else 0 for n in row] for row in counts],
            x=[str(j) for j in range(1, size + 1)],
            y=[str(i) for i in range(1, size + 1)],
            text=[[label(n) for n in row] for row in counts],
            customdata=[[_full(n) for n in row] for row in counts],
            texttemplate="%{text}",
            textfont={"color": "#0f172a", "size": 14 if size <= ROOMY else 11},
            hovertemplate="i = %{y}, j = %{x}: %{customdata} words<extra></extra>",
            colorscale=[[0, "#eef2ff"], [1, "#818cf8"]],
            showscale=False,
            xgap=3,
            ygap=3,
        )
    )
    # Fixed axes: a drag would zoom, and take clicks and a phone's scrolling with it.
    axes = {"type": "category", "showgrid": False, "fixedrange": True}
    figure.update_xaxes(title=f"j: tokens in {target}", **axes)
    figure.update_yaxes(title=f"i: tokens in {source}", autorange="reversed", **axes)
    return layout(figure, 380, dragmode=False)


def _full(count: int) -> str:
    return f"{count:,}"


def _short(count: int) -> str:
    if count < 1_000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 10_000 else f"{count / 1000:.0f}k"


def coverage_curve(coverage: Sequence[dict[str, dict[str, float]]], source: str, target: str) -> go.Figure:
    """Share of words of at most L = 1, 2, ... tokens; ``coverage`` has one entry for each L."""
    figure = go.Figure()
    limits = list(range(1, len(coverage) + 1))
    for side, name, colour in (("source", source, ACCENT), ("target", target, SECOND)):
        for share, what, dash in (("by_occurrence", "running words", "solid"), ("by_word", "distinct words", "dot")):
            figure.add_trace(
                go.Scatter(
                    x=limits,
                    y=[100 * at[side][share] for at in coverage],
                    name=f"{name}, {what}",
                    mode="lines+markers",
                    line={"color": colour, "width": 2, "dash": dash},
                    hovertemplate="L = %{x}: %{y:.2f} %<extra>%{fullData.name}</extra>",
                )
            )
    figure.update_xaxes(title="L: most tokens a word may have", dtick=1, fixedrange=True)
    figure.update_yaxes(title="words covered (%)", fixedrange=True)
    return layout(figure, 380, dragmode=False)
