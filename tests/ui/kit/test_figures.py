"""The look that all figures share."""

from __future__ import annotations

import plotly.graph_objects as go

from ui.kit.figures import layout

LONG = "predicted gain: first-order fall of the weighted loss"


def test_titles_longer_than_their_axis_go_on_another_line():
    figure = go.Figure()
    figure.update_xaxes(title=LONG)
    figure.update_yaxes(title="Spearman correlation with the true loss")
    layout(figure, 340)
    for title in (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text):
        lines = title.split("<br>")
        assert len(lines) == 2
        assert max(map(len, lines)) <= 36
    assert figure.layout.xaxis.title.text.replace("<br>", " ") == LONG
    assert figure.layout.xaxis.automargin
    assert figure.layout.yaxis.automargin


def test_short_titles_and_axes_without_one_stay():
    figure = go.Figure()
    figure.update_xaxes(title="step")
    layout(figure, 320)
    assert figure.layout.xaxis.title.text == "step"
    assert figure.layout.yaxis.title.text is None
