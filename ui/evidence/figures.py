"""An experiment's figures, drawn from its table as it describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

import plotly.graph_objects as go

from fuse_core.analysis.experiments.experiment import Experiment, Figure, Row
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

COLOURS = (ACCENT, SECOND, THIRD, INK)
LINES, ROW = 320, 26  # pixels: height of a figure of lines; of a row of dots
BESIDE_NAMES = 20  # letters of an axis title's line where names of rows leave little room, on a phone


def draw(experiment: Experiment, figure: Figure, rows: Sequence[Row]) -> go.Figure:
    """Dots with intervals where the y axis names rows, else lines by series."""
    chosen, titles = figure.rows(rows), {column.name: column.title for column in experiment.columns}
    if not chosen:
        return empty("No row of the table has these values.")
    named = isinstance(chosen[0][figure.y], str)
    found = _dots(figure, chosen, titles) if named else _lines(figure, chosen, titles)
    found.update_xaxes(
        title=figure.x_title or titles[figure.x], **({"type": "log", "dtick": 1} if figure.log_x else {})
    )
    if named:
        found = layout(found, 130 + ROW * len(chosen), showlegend=False)
        return found.update_xaxes(title_text="<br>".join(wrap(titles[figure.x], BESIDE_NAMES)))
    found.update_yaxes(title=titles[figure.y])
    return layout(found, LINES, showlegend=len({row[figure.series] for row in chosen}) > 1)


def _dots(figure: Figure, rows: Sequence[Row], titles: Mapping[str, str]) -> go.Figure:
    """A dot a row, the first on top; one trace, so that a reader of values meets them in order."""
    upwards = rows[::-1]
    dots = go.Scatter(
        x=[row[figure.x] for row in upwards],
        y=[row[figure.y] for row in upwards],
        mode="markers",
        marker={"color": ACCENT, "size": 10},
        error_x=_ends(figure, upwards, figure.x),
        hovertemplate=f"%{{y}}: %{{x:.4g}}<extra>{titles[figure.x]}</extra>",
    )
    return go.Figure(dots)


def _lines(figure: Figure, rows: Sequence[Row], titles: Mapping[str, str]) -> go.Figure:
    found = go.Figure()
    for k, series in enumerate(dict.fromkeys(row[figure.series] for row in rows)):
        own = sorted((row for row in rows if row[figure.series] == series), key=lambda row: row[figure.x])
        name = series if isinstance(series, str) else f"{figure.series} {series:g}"
        found.add_trace(
            go.Scatter(
                x=[row[figure.x] for row in own],
                y=[row[figure.y] for row in own],
                name=name,
                mode="lines+markers",
                line={"color": COLOURS[k % len(COLOURS)], "width": 2},
                error_y=_ends(figure, own, figure.y),
                hovertemplate=f"{name}, %{{x:.4g}}: %{{y:.4g}}<extra>{titles[figure.y]}</extra>",
            )
        )
    return found


def _ends(figure: Figure, rows: Sequence[Row], value: str) -> dict | None:
    if not figure.low:
        return None
    return {
        "type": "data",
        "array": [row[figure.high] - row[value] for row in rows],
        "arrayminus": [row[value] - row[figure.low] for row in rows],
        "thickness": 1.5,
    }
