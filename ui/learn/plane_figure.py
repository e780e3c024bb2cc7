"""The plane of chapter 5: where four words belong, and may be dragged to, and where their map takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from fuse_core.analysis.lessons.planar_fit import PlanarFit
from ui.kit.figures import ACCENT, INK, SECOND, layout

REACH = 3.0  # of the plane, either way
GRIP = 17  # pixels from a grip's middle to its corners
DIAMOND = f"M {-GRIP},0 L 0,{-GRIP} L {GRIP},0 L 0,{GRIP} Z"


def plane_figure(
    found: PlanarFit, places: Sequence[Sequence[float]], used: int, words: Sequence[str], label: Mapping[str, str]
) -> go.Figure:
    """Words as diamonds with a grip around each, the k-th shape the k-th word's; their images as dots.

    Parameters
    ----------
    places : sequence of (float, float)
        Where the words belong.
    used : int
        Words fitted on, the first of them: filled.
    label : mapping
        The chapter's words for the axes and for both kinds of points.
    """
    figure, lands = go.Figure(), found.mapped.tolist()
    for (x, y), (to_x, to_y) in zip(lands, places, strict=True):
        line = go.Scatter(x=[x, to_x], y=[y, to_y], mode="lines", line={"color": INK}, hoverinfo="skip")
        figure.add_trace(line.update(showlegend=False))
    fitted = ["" if k < used else "-open" for k in range(len(words))]
    for name, points, colour, symbol, size in (
        ("belongs", places, SECOND, "diamond", 15),
        ("lands", lands, ACCENT, "circle", 9),
    ):
        figure.add_trace(
            go.Scatter(
                x=[x for x, _ in points],
                y=[y for _, y in points],
                name=label[name],
                mode="markers+text" if name == "belongs" else "markers",
                text=words,
                textposition="top center",
                marker={"color": colour, "size": size, "symbol": [symbol + end for end in fitted]},
                hovertemplate="%{text}: (%{x:.2f}, %{y:.2f})<extra></extra>",
            )
        )
    for x, y in places:
        grip = {"path": DIAMOND, "xsizemode": "pixel", "ysizemode": "pixel", "xanchor": x, "yanchor": y}
        figure.add_shape(type="path", **grip, fillcolor=SECOND, opacity=0.25, line_width=0)
    axis = {"range": [-REACH, REACH], "fixedrange": True, "tickvals": list(range(-2, 3))}  # none where the axes meet
    figure.update_xaxes(title=label["first_axis"], **axis)
    figure.update_yaxes(title=label["second_axis"], **axis)
    return layout(figure, 420, dragmode=False)
