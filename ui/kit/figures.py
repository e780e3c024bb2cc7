"""The look of all figures: transparent, with mid-grey text, so that they read in light and dark."""

from __future__ import annotations

import plotly.graph_objects as go

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
