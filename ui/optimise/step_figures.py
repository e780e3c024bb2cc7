"""Figures of one step: what each model makes of the prompts kept, and where its gradient pulls."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

import plotly.graph_objects as go

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step, WordStrength
from ui.kit.figures import ACCENT, TERMS, empty, layout

BARS = 8  # prompts shown
LONGEST = 36  # characters of a prompt above its bar: as many as a phone has room for


def shares(step: Step | None, config: CaptionConfig | None) -> go.Figure:
    """Every kept prompt's objective as a bar, stacked from the models' weighted losses."""
    beams = [beam for beam in step.beams if beam.losses][:BARS] if step else []
    if not beams or config is None:
        return empty("The shares begin with the first step.")
    figure = go.Figure()
    rows = list(range(1, len(beams) + 1))
    for term, colour in zip(config.terms, cycle(TERMS), strict=False):
        values = [term.weight * (beam.losses or {})[term.name] for beam in beams]
        whole = [beam.objective or 0.0 for beam in beams]
        judge = escape(f"{term.what}, judged by {term.model}")
        figure.add_trace(
            go.Bar(
                x=values,
                y=rows,
                name=term.what,
                orientation="h",
                width=0.5,
                marker={"color": colour},
                customdata=[f"{v / w:.0%} of {w:.3f}" if w else "" for v, w in zip(values, whole, strict=True)],
                texttemplate="%{x:.2f}",
                textfont={"color": "#0f172a"},
                hovertemplate=f"%{{x:.3f}}, %{{customdata}}<extra>{judge}</extra>",
            )
        )
    for k, beam in zip(rows, beams, strict=True):
        text = f"{k}. {_short(beam.text.strip())}"
        figure.add_annotation(x=0, y=k - 0.25, text=text, showarrow=False, xanchor="left", yanchor="bottom")
    figure.update_yaxes(showticklabels=False, showgrid=False, range=[len(rows) + 0.4, 0.3], fixedrange=True)
    figure.update_xaxes(title="weighted loss", fixedrange=True)
    layout(figure, 130 + 46 * len(rows), barmode="stack", dragmode=False)
    return figure.update_layout(margin_l=16)


def word_pull(words: Sequence[WordStrength], config: CaptionConfig | None) -> go.Figure:
    """How hard each model's carried gradient pulls at every word of the leader."""
    if not words or config is None:
        return empty("No gradient at words here.")
    figure = go.Figure()
    places = list(range(len(words)))
    colours = dict(zip((term.name for term in config.terms), cycle(TERMS), strict=False))
    known = {name: term for term in config.terms for name in [term.name] if any(name in w.by_model for w in words)}
    bars = [(t.what, t.model, colours[n], [w.by_model.get(n) for w in words]) for n, t in known.items()]
    if not bars:  # recorded before the models' parts were
        bars = [("all models together", "all", ACCENT, [w.strength for w in words])]
    for name, model, colour, values in bars:
        figure.add_trace(
            go.Bar(
                x=places,
                y=values,
                name=name,
                marker={"color": colour},
                hovertemplate=f"%{{y:.3f}}, of {escape(model)}<extra>%{{fullData.name}}</extra>",
                showlegend=True,
            )
        )
    names = [_short(word.text) + ("" if word.strength is not None else "<br>(no bucket)") for word in words]
    figure.update_xaxes(title="word of the prompt", tickvals=places, ticktext=names, fixedrange=True, automargin=True)
    figure.update_yaxes(title="gradient norm", rangemode="tozero", fixedrange=True)
    return layout(figure, 290, barmode="group", dragmode=False)


def _short(text: str) -> str:
    return escape(text if len(text) <= LONGEST else "…" + text[1 - LONGEST :])
