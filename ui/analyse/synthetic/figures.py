"""Figures of the Synthetic truth view: errors against noise, the true and the found map, both gradients."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fuse_core.synthetic.recovery import Block, Gradients, Recovery, least_heldout_error
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, layout

LOW, NONE, HIGH = "#f59e0b", "rgba(138,148,166,0.08)", "#6366f1"  # negative, zero, positive
NOUGHT = 0.3  # where noise 0 is drawn on the logarithmic axis, as a share of the smallest other level
MEASURES = (
    ("map_error", "map", ACCENT, 5),  # the widest, for the gradient's line may lie on it
    ("heldout_error", "held-out words", SECOND, 2),
    ("gradient_error", "carried gradient", THIRD, 2),
)


def error_curves(swept: Sequence[Recovery], chosen: Recovery) -> go.Figure:
    """Three relative errors by noise level, the chosen level ringed; ``swept`` begins with noise 0."""
    noises = [result.noise for result in swept]
    nought = NOUGHT * noises[1]
    figure = go.Figure()
    for measure, name, colour, width in MEASURES:
        figure.add_trace(
            go.Scatter(
                x=[noise or nought for noise in noises],
                y=[getattr(result, measure) for result in swept],
                customdata=noises,
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": width},
                hovertemplate="noise %{customdata:.3g}: error %{y:.2e}<extra>%{fullData.name}</extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=[noise or nought for noise in noises[1:]],
            y=[least_heldout_error(noise) for noise in noises[1:]],
            name="least possible on held-out words",
            mode="lines",
            line={"color": SECOND, "width": 1, "dash": "dot"},
            hovertemplate="noise %{x:.3g}: the true map has error %{y:.2e}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[chosen.noise or nought] * len(MEASURES),
            y=[getattr(chosen, measure) for measure, *_ in MEASURES],
            name="chosen noise",
            mode="markers",
            marker={"symbol": "circle-open", "size": 14, "color": INK, "line": {"width": 2}},
            hoverinfo="skip",
        )
    )
    decades = [level for level in (0.001, 0.01, 0.1, 1) if level >= noises[1]]
    labels = {"tickvals": [nought, *decades], "ticktext": ["0", *map(str, decades)]}
    figure.update_xaxes(title="noise (relative RMS)", type="log", fixedrange=True, **labels)
    smallest = min(getattr(result, measure) for result in swept for measure, *_ in MEASURES)
    decades_a_tick = 1 if smallest > 1e-7 else 3
    powers = {"exponentformat": "power", "dtick": decades_a_tick}
    figure.update_yaxes(title="relative error", type="log", fixedrange=True, **powers)
    return layout(figure, 400, dragmode=False)


def map_heatmaps(block: Block) -> go.Figure:
    """One block of the true map, of the found one, and their difference, on one colour scale."""
    parts = (("true", block.true), ("recovered", block.found), ("difference", block.difference))
    figure = make_subplots(1, 3, shared_yaxes=True, subplot_titles=[name for name, _ in parts], horizontal_spacing=0.03)
    for column, (name, matrix) in enumerate(parts, start=1):
        heatmap = go.Heatmap(
            z=matrix.tolist(),
            coloraxis="coloraxis",
            hovertemplate=f"{name}<br>source %{{y}}, target %{{x}}: %{{z:.3g}}<extra></extra>",
        )
        figure.add_trace(heatmap, row=1, col=column)
    figure.update_annotations(font={"color": INK, "size": 13})
    figure.update_xaxes(fixedrange=True, dtick=10, showgrid=False)
    figure.update_xaxes(title="target component", col=2)
    figure.update_yaxes(autorange="reversed", fixedrange=True, dtick=10, showgrid=False)
    figure.update_yaxes(title="source component", col=1)
    limit = float(block.true.abs().max()) or 1.0
    scale = {
        "colorscale": [[0, LOW], [0.5, NONE], [1, HIGH]],
        "cmin": -limit,
        "cmax": limit,
        "colorbar": {"orientation": "h", "y": -0.3, "yanchor": "top", "thickness": 10, "len": 0.7, "outlinewidth": 0},
    }
    laid_out = layout(figure, 430, coloraxis=scale, dragmode=False)
    return laid_out.update_layout(margin={"b": 110})


def gradient_scatter(gradients: Gradients) -> go.Figure:
    """Every component of the carried gradient against the true one, with the line where they agree."""
    figure = go.Figure()
    limit = 1.05 * float(gradients.true.abs().max())
    figure.add_trace(
        go.Scatter(
            x=[-limit, limit],
            y=[-limit, limit],
            mode="lines",
            name="carried = true",
            line={"color": INK, "width": 1, "dash": "dot"},
            hoverinfo="skip",
        )
    )
    x, y, names = [], [], []
    for word, true, carried in gradients.by_word():
        x += true.flatten().tolist()
        y += carried.flatten().tolist()
        names += [f"{word.text} ({word.lengths[0]}, {word.lengths[1]})"] * true.numel()
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            text=names,
            mode="markers",
            name="one component of one source token",
            marker={"color": ACCENT, "size": 5, "opacity": 0.6},
            hovertemplate="%{text}<br>true %{x:.2e}, carried %{y:.2e}<extra></extra>",
        )
    )
    axes = {"exponentformat": "power", "fixedrange": True, "nticks": 6}
    figure.update_xaxes(title="true gradient (loss per unit)", **axes)
    figure.update_yaxes(title="carried gradient (loss per unit)", **axes)
    return layout(figure, 400, dragmode=False)


def gradient_norms(gradients: Gradients) -> go.Figure:
    """Length of both gradients at every word."""
    parts = gradients.by_word()
    labels = [f"{word.text}<br>({word.lengths[0]}, {word.lengths[1]})" for word, _, _ in parts]
    figure = go.Figure()
    true_norms = [float(true.norm()) for _, true, _ in parts]
    carried_norms = [float(carried.norm()) for _, _, carried in parts]
    for name, colour, norms in (("true", INK, true_norms), ("carried", ACCENT, carried_norms)):
        hover = f"%{{x}}: {name} %{{y:.2e}}<extra></extra>"
        figure.add_trace(go.Bar(x=labels, y=norms, name=name, marker_color=colour, hovertemplate=hover))
    figure.update_xaxes(title="word (i, j)", fixedrange=True, showgrid=False)
    figure.update_yaxes(title="gradient norm (loss per unit)", exponentformat="power", nticks=6, fixedrange=True)
    return layout(figure, 400, dragmode=False, barmode="group")
