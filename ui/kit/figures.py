"""The look of all figures: transparent, with mid-grey text, so that they read in light and dark."""

from __future__ import annotations

from textwrap import wrap

import plotly.graph_objects as go

INK = "#8a94a6"
GRID = "rgba(138,148,166,0.25)"
ACCENT, SECOND, THIRD = "#6366f1", "#f59e0b", "#10b981"
LETTER = 7.5  # pixels of a title's letter, or a little more
# Of a word's slots, as in the style sheet's fx-slot0 to fx-slot7, which longer words repeat; what is
# written on them is dark.
SLOTS = ("#c7d2fe", "#fde68a", "#a7f3d0", "#fbcfe8", "#bae6fd", "#ddd6fe", "#fed7aa", "#d9f99d")
ON_SLOT = "#0f172a"
NARROW = 270  # pixels that a figure has for its x axis on a phone
TERMS = (THIRD, SECOND, "#ec4899", "#06b6d4")  # fluency, picture, classifiers


def layout(figure: go.Figure, height: int, **more) -> go.Figure:
    """The common look of all figures; axis titles longer than their axis, at its narrowest, go on a second line."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 36, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 13},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        **more,
    )
    for update, room in ((figure.for_each_xaxis, NARROW), (figure.for_each_yaxis, height - 100)):
        update(lambda axis, room=room: axis.update(_axis(axis.title.text, room)))
    return figure


def _axis(title: str | None, room: float) -> dict:
    lines = "<br>".join(wrap(title, int(room / LETTER))) if title else None
    titled = {"title": {"text": lines, "font": {"size": 13}}} if lines else {}
    return {"gridcolor": GRID, "zeroline": False, "automargin": True, **titled}


def empty(sentence: str) -> go.Figure:
    """A figure that has nothing to show yet, and says so."""
    figure = go.Figure()
    figure.add_annotation(text=sentence, showarrow=False, font={"color": INK})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return layout(figure, 280)
