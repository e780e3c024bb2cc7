"""The objective over a run's steps as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from ui.kit.figures import ACCENT, INK, TERMS, empty, layout
from ui.optimise.changed_settings import changed_before


def objective_curve(
    steps: Sequence[Step], config: CaptionConfig | None, shown: int | None = None, configs: Sequence[CaptionConfig] = ()
) -> go.Figure:
    """The best prompt's objective after every step, and what each model contributes to it.

    A dashed line stands before each step that was taken with other settings than the one before it.
    """
    scored = scored_steps(steps)
    if not scored or config is None or len(steps) < 2:
        return empty("The curve begins with the first step.")
    figure = go.Figure()
    x = [step.index for step in scored]
    changed = {step.index: changed_before(configs, step.index) for step in steps}
    texts = [_text(step, changed[step.index]) for step in scored]
    drawn: list[tuple[str, str, Sequence[float | None], str, int]]
    drawn = [("objective", "", [step.beams[0].objective for step in scored], ACCENT, 3)]
    for term, colour in zip(config.terms, cycle(TERMS), strict=False):
        values = [term.weight * (step.beams[0].losses or {})[term.name] for step in scored]
        drawn.append((f"{term.what} x {term.weight:g}", f"judged by {term.model}", values, colour, 2))
    for name, judge, values, colour, width in drawn:
        figure.add_trace(
            go.Scatter(
                x=x,
                y=values,
                name=name,
                text=texts,
                mode="lines+markers",
                line={"color": colour, "width": width},
                hovertemplate=f"step %{{x}}: %{{y:.3f}}<br>%{{text}}<extra>{escape(judge)}</extra>",
            )
        )
    lines = [_vertical(index - 0.5, "dash") | {"opacity": 0.6} for index in filter(changed.get, changed)]
    lines += [] if shown is None else [_vertical(shown, "dot")]
    figure.update_layout(shapes=lines)  # all at once: ``add_vline`` looks at all that are there
    # Fixed axes: a drag would zoom, and take clicks and a phone's scrolling with it.
    figure.update_xaxes(title="step", dtick=1 if len(x) <= 16 else None, fixedrange=True)
    figure.update_yaxes(title="loss, lower is better", rangemode="tozero", fixedrange=True)
    return layout(figure, 320, dragmode=False)


def _vertical(x: float, dash: str) -> dict[str, Any]:
    """A line over the whole height."""
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "xref": "x", "yref": "y domain"}
    return {"type": "line", "line": {"color": INK, "dash": dash, "width": 1}, **ends}


def _text(step: Step, changed: str) -> str:
    return escape(step.beams[0].text.strip()) + (f"<br>before it: {escape(changed)}" if changed else "")


def scored_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps whose leader has an objective: all but an empty start."""
    return [step for step in steps if step.beams and step.beams[0].objective is not None]
