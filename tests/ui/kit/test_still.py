"""Tests of what stands for a figure until it can be drawn."""

from __future__ import annotations

import re

import plotly.graph_objects as go

from ui.kit.still import still


def test_lines_reach_from_the_first_to_the_last_place_and_from_nought_to_the_highest_value():
    line = {"color": "#123456", "width": 2}
    figure = go.Figure([go.Scatter(x=[1, 2, 3], y=[8.0, None, 2.0], name="<em>loss", line=line)])
    figure.update_xaxes(title="step")
    figure.update_yaxes(title="loss, lower is better")
    drawn = still(figure, "Objective by step")
    [points] = re.findall(r'points="([^"]*)"', drawn)
    assert points.split() == ["0.00,0.00", "100.00,75.00"]  # of a hundred each way, from the top
    assert 'aria-label="Objective by step"' in drawn
    assert all(f">{text}<" in drawn for text in ("8.00", "0", "1", "3", "step", "loss, lower is better"))
    assert "&lt;em&gt;loss" in drawn
    assert "<em>loss" not in drawn
