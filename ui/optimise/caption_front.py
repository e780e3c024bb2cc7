"""The finished captions of a run: fluency against picture as a figure, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from fuse_core.analysis.caption_front import CaptionPoint, caption_points
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from ui.kit.figures import ACCENT, INK, SECOND, empty, layout

NONE = "No finished caption yet."


def points_of(steps: Sequence[Step], config: CaptionConfig | None) -> list[CaptionPoint]:
    """The finished captions on show."""
    return caption_points(steps, config) if config else []


def other_loss(config: CaptionConfig | None) -> str:
    """What stands against fluency: the picture's loss, or that of the term in its place."""
    if config is None or len(config.terms) < 2:
        return ""
    return f"{config.terms[1].what} loss" + (", 1 - cosine" if config.compares else "")


def front_figure(points: Sequence[CaptionPoint], other: str) -> go.Figure:
    """Every finished caption by its two losses, the front joined, the run's caption marked."""
    if not points:
        return empty(NONE)
    figure = go.Figure()
    front = sorted((p for p in points if p.on_front), key=lambda p: (p.fluency, p.picture))
    behind = [p for p in points if not p.on_front]
    figure.add_trace(_dots(behind, "others", "markers", {"color": INK, "size": 8, "opacity": 0.6}))
    figure.add_trace(_dots(front, "front", "lines+markers", {"color": ACCENT, "size": 10}))
    chosen = [p for p in points if p.chosen]
    ring = {"color": SECOND, "size": 18, "symbol": "circle-open", "line": {"width": 3}}
    figure.add_trace(_dots(chosen, "the caption", "markers", ring))
    figure.update_xaxes(title="NLL with the end, nats a token", fixedrange=True)
    figure.update_yaxes(title=other, fixedrange=True)
    return layout(figure, 380, dragmode=False)


def _dots(points: Sequence[CaptionPoint], name: str, mode: str, marker: dict) -> go.Scatter:
    return go.Scatter(
        x=[p.fluency for p in points],
        y=[p.picture for p in points],
        name=name,
        mode=mode,
        marker=marker,
        line={"color": ACCENT, "width": 2, "shape": "hv"},
        customdata=[[escape(p.text), p.objective, p.step] for p in points],
        hovertemplate="%{customdata[0]}<br>NLL %{x:.3f}, the other %{y:.3f}<br>objective %{customdata[1]:.3f}, "
        "step %{customdata[2]}<extra>%{fullData.name}</extra>",
        showlegend=True,
    )


def caption_table(points: Sequence[CaptionPoint], other: str) -> pd.DataFrame:
    """The same captions, the run's own first."""
    rows = [
        [p.text, round(p.objective, 3), round(p.fluency, 3), round(p.picture, 3), p.step, "✓" if p.on_front else ""]
        for p in points
    ]
    return pd.DataFrame(rows, columns=["caption", "objective", "NLL a token", other.split(",")[0], "step", "front"])
