"""Figures of the Fidelity view: predicted against true, and the summary over contexts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis.fidelity_names import GRADIENT_NAMES, gradient_label
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

SHORT = {
    "fuse": "FUSE, pair,<br>layers",
    "fuse-embedding": "FUSE, pair,<br>embedding",
    "fuse-target": "FUSE, target<br>buckets",
    "target": "target's<br>own",
    "random": "random",
}
COLOURS = {"fuse": ACCENT, "fuse-embedding": "#818cf8", "fuse-target": "#a5b4fc", "target": THIRD, "random": INK}
OTHER = "#06b6d4"  # other adapters
BAR = 46  # pixels a gradient
MEASURES = {
    "spearman": "Spearman correlation with the true loss",
    "recall": "share of best {best} in top {within}",
}


def scatter(points: Mapping[str, Any], name: str, best: int, within: int) -> go.Figure:
    """True loss of every candidate against its predicted gain; the true best are marked."""
    tokens, losses, scores = points["tokens"], points["losses"], points["scores"].get(name)
    if scores is None:
        return empty("This adapter was not measured:<br>choose it under Other adapters and measure.")
    if None in scores:
        return empty("No bucket of the adapter serves this word: there is no gradient to predict with.")
    leading = set(sorted(range(len(losses)), key=losses.__getitem__)[:best])
    figure = go.Figure()
    for label, colour, size, chosen in (
        (f"other {len(tokens) - best:,} candidates", COLOURS.get(name, OTHER), 5, False),
        (f"the {best} truly best", SECOND, 9, True),
    ):
        members = [k for k in range(len(tokens)) if (k in leading) == chosen]
        figure.add_trace(
            go.Scatter(
                x=[scores[k] for k in members],
                y=[losses[k] for k in members],
                text=[tokens[k].strip() for k in members],
                mode="markers",
                name=label,
                marker={"color": colour, "size": size, "opacity": 0.9 if chosen else 0.45},
                hovertemplate="<b>%{text}</b><br>predicted gain %{x:.3f}<br>true loss %{y:.3f}<extra></extra>",
            )
        )
    cut = sorted(scores, reverse=True)[min(within, len(scores)) - 1]
    figure.add_vline(x=cut, line={"color": INK, "dash": "dash", "width": 1})
    figure.update_xaxes(title="predicted gain: first-order fall of the weighted loss", zeroline=False)
    figure.update_yaxes(title="true loss, 1 - cosine")
    return layout(figure, 380)


def bars(report: Mapping[str, Any], measure: str) -> go.Figure:
    """One measure for every gradient, mean over contexts with the spread between them."""
    names = list(report[measure])
    style = ".0%" if measure == "recall" else ".3f"
    spread = [report["spread"][measure][name] for name in names]
    figure = go.Figure(
        go.Bar(
            x=[report[measure][name] for name in names],
            y=[short(name) for name in names],
            orientation="h",
            error_x=None if set(spread) == {None} else {"array": spread, "color": INK, "thickness": 1.5},
            marker_color=[COLOURS.get(name, OTHER) for name in names],
            text=["undefined" if (v := report[measure][name]) is None else f"{v:{style}}" for name in names],
            textposition="inside",
            insidetextanchor="start",
            insidetextfont_color="black",  # on every bar's colour, in light and dark: at least 4.5 to 1
            textangle=0,
            customdata=[gradient_label(name) for name in names],
            hovertemplate="%{customdata}: %{x:.3f}<extra></extra>",
        )
    )
    if measure == "recall":
        chance = report["within"] / report["candidates"]
        figure.add_vline(x=chance, line={"color": INK, "dash": "dash", "width": 1})
        # Above the figure: at the line it would lie on a bar.
        above = {"x": 1, "xref": "paper", "xanchor": "right", "y": 1, "yref": "paper", "yanchor": "bottom"}
        figure.add_annotation(text=f"dashed: chance, {chance:.0%}", showarrow=False, **above)
        figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(title=MEASURES[measure].format(**report))
    figure.update_yaxes(autorange="reversed")
    return layout(figure, 110 + BAR * len(names), showlegend=False)


def short(name: str) -> str:
    """A gradient's name on an axis."""
    return SHORT[name] if name in SHORT else KINDS[name].label


def by_word(report: Mapping[str, Any]) -> go.Figure:
    """Rank correlation at every linearisation word, best for FUSE first."""
    table = report["by_word"]
    words = sorted(table, key=lambda word: math.inf if (rho := table[word]["fuse"]) is None else -rho)
    figure = go.Figure()
    for name in ("fuse", "target"):
        figure.add_trace(
            go.Bar(
                x=[word.strip() for word in words],
                y=[table[word][name] for word in words],
                name=GRADIENT_NAMES[name],
                marker_color=COLOURS[name],
                hovertemplate="at “%{x}”: %{y:.3f}<extra></extra>",
            )
        )
    figure.update_xaxes(title="linearisation word", tickangle=-45)
    figure.update_yaxes(title="mean Spearman correlation")
    return layout(figure, 360, barmode="group")
