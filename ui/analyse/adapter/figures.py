"""Figures of the Adapter view."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.bucket_analysis import BucketAnalysis
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, layout

NAMES: dict[Bucketing, str] = {"pair": "pair", "target": "target (the paper's)"}
COLOURS: dict[Bucketing, tuple[str, str]] = {"pair": ("#c7d2fe", ACCENT), "target": ("#fde68a", SECOND)}  # train, held
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
HIGHEST = 1.5  # relative error; without a ridge a small bucket's is beyond any scale


def errors(adapters: Mapping[Bucketing, Adapter]) -> go.Figure:
    """Training and held-out error by bucket; buckets of one target length stand together."""
    figure = go.Figure()
    pair_last = sorted(adapters, key=lambda name: name == "target")
    for name in pair_last:
        reports = sorted(adapters[name].reports, key=lambda r: (r.j, r.i))
        for kind, colour, values in (
            ("training", COLOURS[name][0], [r.train_error for r in reports]),
            ("held-out", COLOURS[name][1], [r.heldout_error for r in reports]),
        ):
            figure.add_trace(
                go.Bar(
                    x=[[f"j = {r.j}" for r in reports], [str(r.i or "any") for r in reports]],
                    y=values,
                    name=f"{NAMES[name]}, {kind}",
                    offsetgroup=kind,
                    marker_color=colour,
                    customdata=[_words(r) for r in reports],
                    hovertemplate=f"{name}, %{{customdata}}<br>{kind} error %{{y:.3f}}<extra></extra>",
                )
            )
    figure.add_hline(y=1, line={"color": INK, "dash": "dot", "width": 1})
    figure.update_xaxes(title="source tokens i, by target tokens j", tickangle=0)
    figure.update_yaxes(title="relative error", rangemode="tozero")
    return layout(figure, 380, barmode="group", bargap=0.25)


def _words(report: BucketReport) -> str:
    return f"({report.i or 'any'}, {report.j}): {report.words:,} words"


def ridge_path(found: BucketAnalysis, ridge: float) -> go.Figure:
    """Training, held-out and estimated error against the ridge weight; the weight of the fit is marked."""
    curve, figure = found.curve, go.Figure()
    lines = (
        ("training words", curve.train, ACCENT, "solid"),
        ("held-out words", curve.heldout, SECOND, "solid"),
        ("cross-validated estimate", curve.estimate, THIRD, "dot"),  # on top of the held-out curve where it is right
    )
    for name, values, colour, dash in lines:
        figure.add_trace(
            go.Scatter(
                x=curve.weights,
                y=[value if math.isfinite(value) else None for value in values],
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": dash},
                marker={"size": 5},
                hovertemplate=f"λ = %{{x:.3g}}<br>{name}: %{{y:.3f}}<extra></extra>",
            )
        )
    if ridge:
        mark = f"λ of the fit: {ridge:.3g}"
        figure.add_vline(x=ridge, line={"color": INK, "dash": "dash", "width": 1.5})
        figure.add_annotation(
            x=math.log10(ridge), y=0.02, yref="paper", text=mark, showarrow=False, xshift=4, xanchor="left"
        )
    else:
        figure.add_hline(y=curve.plain[1], line={"color": SECOND, "dash": "dash", "width": 1.5})
        label = "the fit, without a ridge, on held-out words"
        figure.add_annotation(
            x=0.02, xref="paper", y=curve.plain[1], text=label, showarrow=False, yshift=10, xanchor="left"
        )
    shown = [v for v in (*curve.train, *curve.heldout, *curve.estimate) if math.isfinite(v)]
    figure.update_xaxes(title="ridge weight λ", type="log", exponentformat="power")
    figure.update_yaxes(title="relative error", range=[0.93 * min(shown), min(1.03 * max(shown), HIGHEST)])
    return layout(figure, 360)


def spectrum(found: BucketAnalysis) -> go.Figure:
    """Singular values of the source words' tensor, one line a frequency."""
    figure = go.Figure()
    l = max(found.bucket)
    for s, dash in zip(found.spectra, DASHES, strict=False):
        values = [v for v in s.values if v > 0]
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(values) + 1)),
                y=values,
                name=f"frequency {s.frequency} of {l}",
                mode="lines",
                line={"dash": dash, "width": 2},
                hovertemplate=f"frequency {s.frequency}: σ<sub>%{{x}}</sub> = %{{y:.3g}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="index, largest first")
    figure.update_yaxes(title="singular value σ", type="log", exponentformat="power")
    return layout(figure, 360, colorway=[ACCENT, SECOND, THIRD, "#ec4899", "#06b6d4"])


def storage(sizes: Mapping[Bucketing, Sequence[int]], used: int) -> go.Figure:
    """Size of both adapters by the longest word they serve; the L in use is marked."""
    figure = go.Figure()
    for name, values in sizes.items():
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(values) + 1)),
                y=[value / 1e6 for value in values],
                name=NAMES[name],
                mode="lines+markers",
                line={"color": COLOURS[name][1], "width": 2},
                hovertemplate=f"{name}, L = %{{x}}: %{{y:,.1f}} MB<extra></extra>",
            )
        )
    figure.add_vline(x=used, line={"color": INK, "dash": "dash", "width": 1.5}, annotation_text=f"in use: L = {used}")
    figure.update_xaxes(title="longest word served, L tokens", dtick=1)
    figure.update_yaxes(title="size in MB (float32)", type="log", exponentformat="none")
    return layout(figure, 340)
