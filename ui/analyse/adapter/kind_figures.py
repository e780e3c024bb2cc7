"""Figures of the comparison of adapter kinds."""

from __future__ import annotations

import plotly.graph_objects as go

from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis.adapter_comparison import AdapterComparison
from ui.kit.figures import ACCENT, INK, SECOND, layout

BAR = 46  # pixels a kind
ROOM = 0.3  # an error whose bar is long enough for its number
PARTS = (("heldout", "held-out tokens", ACCENT), ("every", "random tokens", SECOND))


def errors(found: AdapterComparison) -> go.Figure:
    """Held-out error of every kind."""
    figure = go.Figure(
        go.Bar(
            x=[r.landing.error for r in found.kinds],
            y=_names(found),
            orientation="h",
            marker_color=ACCENT,
            text=[f"{r.landing.error:.3f}" for r in found.kinds],
            textposition=["inside" if r.landing.error > ROOM else "outside" for r in found.kinds],
            hovertemplate="%{y}: error %{x:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=1, line={"color": INK, "dash": "dot", "width": 1})
    figure.update_xaxes(rangemode="tozero")
    return _laid_out(figure, found, "held-out relative error<br>(lower is better)")


def shares(found: AdapterComparison) -> go.Figure:
    """Spearman correlation of every kind as a share of the target's own, with intervals."""
    figure = go.Figure()
    for part, name, colour in PARTS:
        orders = [r.orders[part] for r in found.kinds]
        figure.add_trace(
            go.Bar(
                x=[order.share for order in orders],
                y=_names(found),
                orientation="h",
                name=name,
                marker_color=colour,
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [order.high - order.share for order in orders],
                    "arrayminus": [order.share - order.low for order in orders],
                    "color": INK,
                    "thickness": 1.5,
                    "width": 3,
                },
                hovertemplate=f"%{{y}}, {name}: %{{x:.3f}} of the target's own<extra></extra>",
            )
        )
    figure.add_vline(x=1, line={"color": INK, "dash": "dot", "width": 1})
    return _laid_out(figure, found, "share of own Spearman<br>(higher is better)")


def _names(found: AdapterComparison) -> list[str]:
    return [KINDS[r.kind].label for r in found.kinds]


def _laid_out(figure: go.Figure, found: AdapterComparison, title: str) -> go.Figure:
    """Kinds from top to bottom, both figures of the same height so that their bars stand side by side."""
    figure.update_yaxes(autorange="reversed", title="adapter")
    figure = layout(figure, 110 + BAR * len(found.kinds), barmode="group", bargap=0.3)
    return figure.update_xaxes(title={"text": title, "font": {"size": 13}})  # names leave a phone less room than usual
