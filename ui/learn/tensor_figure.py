"""The figure of a word's two tensors: every number of them, a row a slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fuse_core.analysis.lessons.word_values import WordValues
from ui.kit.figures import ACCENT, INK, SECOND, layout

ROW = 34  # pixels of a slot


def tensor_figure(word: WordValues, names: Sequence[str], label: Mapping[str, str]) -> go.Figure:
    """Source above target; the colour is the number, white at zero.

    Parameters
    ----------
    names : sequence of str
        The two models'.
    label : mapping
        The chapter's words for the axes.
    """
    titles = [f'<b style="color:{colour}">{name}</b>' for name, colour in zip(names, (ACCENT, SECOND), strict=True)]
    figure = make_subplots(rows=2, cols=1, subplot_titles=titles, vertical_spacing=0.34)
    for row, side in enumerate((word.source, word.target), start=1):
        l = side.tensor.shape[2]
        texts = [*side.tokens, *[label["zeros"]] * (l - len(side.tokens))]
        figure.add_trace(
            go.Heatmap(
                z=side.tensor[0].T.tolist(),
                x0=1,
                y=[str(k + 1) for k in range(l)],
                customdata=[[text] * side.tensor.shape[1] for text in texts],
                zmin=-side.spread,
                zmid=0,
                zmax=side.spread,
                colorscale="RdBu",
                colorbar={"len": 0.42, "y": 0.83 - 0.67 * (row - 1), "thickness": 10, "tickfont": {"color": INK}},
                hovertemplate="%{customdata}, %{x}: %{z:.3f}<extra></extra>",
            ),
            row=row,
            col=1,
        )
    figure.update_xaxes(title=label["dimension"], fixedrange=True, showgrid=False, tickangle=0, nticks=6)
    figure.update_yaxes(title=label["slot"], autorange="reversed", fixedrange=True, showgrid=False, type="category")
    layout(figure, 2 * ROW * word.source.tensor.shape[2] + 230, dragmode=False)
    return figure
