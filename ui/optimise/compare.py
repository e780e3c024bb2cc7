"""Two runs side by side: captions, objective by step, what they cost, and where they part."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd
import plotly.graph_objects as go

from ui.kit.figures import ACCENT, INK, SECOND, empty, layout
from ui.kit.templates import render
from ui.optimise.changed_settings import changes
from ui.optimise.link import look_alike
from ui.optimise.objective_curve import scored_steps
from ui.optimise.run import Run
from ui.optimise.visit_state import NAMES

COLOURS: dict[str, str] = dict(zip(NAMES, (ACCENT, SECOND), strict=True))


def captions(runs: Mapping[str, Run]) -> str:
    """The best caption of each run, and how the runs differ."""
    cards = [_card(name, run) for name, run in sorted(runs.items())]
    return render("runs", runs=cards, difference=difference(runs) if len(runs) == len(NAMES) else "")


def _card(name: str, run: Run) -> dict[str, str]:
    best = run.best
    objective = f"objective {best.objective:.3f}" if best.objective is not None else "no step yet"
    return {"name": name, "colour": COLOURS[name], "objective": objective, "caption": best.text.strip()}


def difference(runs: Mapping[str, Run]) -> str:
    """In words: the steps two runs share and the settings they differ in."""
    a, b = (runs[name] for name in NAMES)
    at = parting(a, b)
    start = f"They share the steps up to {at}." if at else "They share no step."
    changed = changes(a.config, b.config)
    settings = f"Settings of A → B: {'; '.join(changed)}." if changed else "Their settings are the same so far."
    if len(a.pictures) != len(b.pictures) or not all(map(look_alike, a.pictures, b.pictures)):
        start += " Their pictures differ."
    if a.config.objective_fields() != b.config.objective_fields():
        settings += " Their objectives measure different things, so the two numbers do not compare."
    return f"{start} {settings}"


def parting(a: Run, b: Run) -> int:
    """The last step two runs share."""
    shared = 0
    for x, y in zip(a.steps[1:], b.steps[1:], strict=False):
        if x != y:
            break
        shared = x.index
    return shared


def curves(runs: Mapping[str, Run]) -> go.Figure:
    """Both runs' objective after every step."""
    if len(runs) < len(NAMES):
        return empty("Branch to compare two runs.")
    figure = go.Figure()
    for name, run in sorted(runs.items()):
        steps = scored_steps(run.steps)
        figure.add_trace(
            go.Scatter(
                x=[step.index for step in steps],
                y=[step.beams[0].objective for step in steps],
                name=f"run {name}",
                text=[escape(step.beams[0].text.strip()) for step in steps],
                mode="lines+markers",
                line={"color": COLOURS[name], "width": 3, "dash": "solid" if name == NAMES[0] else "dash"},
                hovertemplate="step %{x}: %{y:.3f}<br>%{text}<extra>%{fullData.name}</extra>",
                showlegend=True,
            )
        )
    at = parting(*(runs[name] for name in NAMES))
    figure.add_vline(x=at, line={"color": INK, "dash": "dot", "width": 1})
    longest = max(run.position for run in runs.values())
    figure.update_xaxes(title="step", dtick=1 if longest <= 16 else None, fixedrange=True)
    figure.update_yaxes(title="objective, lower is better", fixedrange=True)
    return layout(figure, 300, dragmode=False)


def costs(runs: Mapping[str, Run]) -> pd.DataFrame:
    """What each run took to come where it is, the shared steps counted in both."""
    columns = {f"run {name}": _costs_of(run) for name, run in sorted(runs.items())}
    rows = list(next(iter(columns.values())))
    return pd.DataFrame({"": rows, **{name: [values[row] for row in rows] for name, values in columns.items()}})


def _costs_of(run: Run) -> dict[str, str]:
    best = run.best.objective
    return {
        "method": run.config.method,
        "steps": str(run.position),
        "best objective": "" if best is None else f"{best:.3f}",
        "candidates scored": f"{sum(step.evaluations for step in run.steps):,}",
        "language-model forward passes": f"{sum(step.n_forward_passes for step in run.steps):,}",
        "seconds": f"{sum(step.seconds for step in run.steps):.1f}",
    }
