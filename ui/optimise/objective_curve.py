"""The objective over a run's steps as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

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
    lines: list[tuple[str, str, Sequence[float | None], str, int]]
    lines = [("objective", "", [step.beams[0].objective for step in scored], ACCENT, 3)]
    for term, colour in zip(config.terms, cycle(TERMS), strict=False):
        values = [term.weight * (step.beams[0].losses or {})[term.name] for step in scored]
        lines.append((f"{term.what} x {term.weight:g}", f"judged by {term.model}", values, colour, 2))
    for name, judge, values, colour, width in lines:
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
    for index in filter(changed.get, changed):
        figure.add_vline(x=index - 0.5, line={"color": INK, "dash": "dash", "width": 1}, opacity=0.6)
    if shown is not None:
        figure.add_vline(x=shown, line={"color": INK, "dash": "dot", "width": 1})
    # Fixed axes: a drag would zoom, and take clicks and a phone's scrolling with it.
    figure.update_xaxes(title="step", dtick=1 if len(x) <= 16 else None, fixedrange=True)
    figure.update_yaxes(title="loss, lower is better", rangemode="tozero", fixedrange=True)
    return layout(figure, 320, dragmode=False)


def _text(step: Step, changed: str) -> str:
    return escape(step.beams[0].text.strip()) + (f"<br>before it: {escape(changed)}" if changed else "")


def scored_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps whose leader has an objective: all but an empty start."""
    return [step for step in steps if step.beams and step.beams[0].objective is not None]
