"""A figure of lines as the page brings it, until Plotly's script, by far the largest, has come and drawn it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from ui.kit.templates import render


def still(figure: go.Figure, name: str) -> str:
    """Lines, dots, names, the ends of both axes and their titles; the y axis begins at nought."""
    drawn: Any = figure.data  # Plotly's types say nothing of what makes a trace
    x = [at for line in drawn for at in line.x]
    top = max(value for line in drawn for value in line.y if value is not None)
    wide = max(x) - min(x) or 1
    lines = []
    for line in drawn:
        known = [(at, value) for at, value in zip(line.x, line.y, strict=True) if value is not None]
        points = [(100 * (at - min(x)) / wide, 100 - 100 * value / top) for at, value in known]
        lines.append({"name": line.name, "colour": line.line.color, "width": line.line.width, "points": points})
    layout: Any = figure.layout
    titles = layout.xaxis.title.text, layout.yaxis.title.text
    return render("still", label=name, lines=lines, first=min(x), last=max(x), top=f"{top:.2f}", titles=titles)
