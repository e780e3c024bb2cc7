"""A comparison of arms in figures: by step, and picture by picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from fuse_core.analysis.arms import ARMS
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

COLOURS = {"fuse": ACCENT, "target": THIRD, "lm": SECOND, "words": SECOND, "random": INK}
SAME = 1e-9  # objectives that differ by less are equal


def has_steps(record: Mapping[str, Any]) -> bool:
    """Whether the objectives after every step are known; records before them lack them."""
    return all("objectives" in run for row in record["results"] for run in row["arms"].values())


def curves(record: Mapping[str, Any] | None) -> go.Figure:
    """The best prompt's objective after every step, a mean over the runs; arms that are equal share one line.

    Dashed are arms with words. A run that ended early keeps its last objective.
    """
    if record is None or not has_steps(record):
        return empty("Press Compare to begin.")
    figure = go.Figure()
    for name, (first, values) in _merged(_mean_curves(record)).items():
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(values) + 1)),
                y=values,
                name=name,
                mode="lines+markers",
                line={
                    "color": COLOURS[ARMS[first].guidance],
                    "width": 3 if ARMS[first].guidance == "fuse" else 2,
                    "dash": "solid" if ARMS[first].unit == "token" else "dash",
                },
                hovertemplate=f"{name}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="step", dtick=1)
    figure.update_yaxes(title="objective, lower is better")
    return layout(figure, 360)


def spread(record: Mapping[str, Any] | None) -> go.Figure:
    """Every arm's objectives, a dot a picture, and their mean with its interval; best arm on top."""
    if record is None:
        return empty("Press Compare to begin.")
    figure, arms = go.Figure(), record["arms"]
    for name in sorted(arms, key=lambda arm: -arms[arm]["objective"]):
        colour = COLOURS[ARMS[name].guidance]
        rows = record["results"]
        values = [row["arms"][name]["objective"] for row in rows]
        figure.add_trace(
            go.Scatter(
                x=values,
                y=[name] * len(values),
                mode="markers",
                marker={"color": colour, "size": 6, "opacity": 0.35},
                text=[row["image"] for row in rows],
                hovertemplate=f"{name}, %{{text}}: %{{x:.3f}}<extra></extra>",
            )
        )
        mean, interval = arms[name]["objective"], arms[name]["interval"] or [arms[name]["objective"]] * 2
        figure.add_trace(
            go.Scatter(
                x=[mean],
                y=[name],
                mode="markers",
                marker={"color": colour, "size": 12, "symbol": "diamond", "line": {"width": 1, "color": INK}},
                error_x={"type": "data", "array": [interval[1] - mean], "arrayminus": [mean - interval[0]]},
                hovertemplate=f"{name}, mean: %{{x:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="objective, lower is better")
    return layout(figure, 130 + 34 * len(arms), showlegend=False)


def _mean_curves(record: Mapping[str, Any]) -> dict[str, list[float]]:
    found = {}
    for arm in record["arms"]:
        runs: list[Sequence[float]] = [row["arms"][arm]["objectives"] for row in record["results"]]
        steps = max(map(len, runs))
        found[arm] = [fmean(run[min(k, len(run) - 1)] for run in runs) for k in range(steps)]
    return found


def _merged(lines: Mapping[str, list[float]]) -> dict[str, tuple[str, list[float]]]:
    """Legend entry -> its first arm and the line; "a = b" where arms have one line, for the second would hide it."""
    groups: list[tuple[list[str], list[float]]] = []
    for arm, values in lines.items():
        same = next((names for names, others in groups if _equal(values, others)), None)
        if same is None:
            groups.append(([arm], values))
        else:
            same.append(arm)
    return {" = ".join(names): (names[0], values) for names, values in groups}


def _equal(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(first) == len(second) and all(abs(a - b) < SAME for a, b in zip(first, second, strict=True))
