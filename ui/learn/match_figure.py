"""The figure of two tokenizers' tokens along one text, matched one to one or word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from fuse_core.analysis.lessons.one_to_one import Placed, one_to_one, placed
from fuse_core.words.alignment import AlignedWord
from ui.kit.figures import ACCENT, INK, ON_SLOT, SECOND, SLOTS, THIRD, layout

WIDTH = 0.64  # of a column of tokens; the columns stand at 0 and 1
LEFT, RIGHT = WIDTH / 2, 1 - WIDTH / 2
CHARACTER = 16  # pixels
WRONG = "#dc2626"
BAND = "rgba(16,185,129,0.22)"  # THIRD


def match_figure(
    aligned: Sequence[AlignedWord], by_word: bool, names: Sequence[str], label: Mapping[str, str]
) -> go.Figure:
    """Tokens as blocks along the text, source left and target right, with lines between pairs or bands between words.

    Parameters
    ----------
    names : sequence of str
        The two tokenizers', for the axis.
    label : mapping
        The chapter's words for the axis and for the two kinds of lines.
    """
    source, target = placed([word.source for word in aligned]), placed([word.target for word in aligned])
    figure = go.Figure()
    if by_word:
        _bands(figure, aligned)
    else:
        _lines(figure, one_to_one(source, target), label)
    for x, side in ((0, source), (1, target)):
        figure.add_trace(_blocks(x, side))
    ticks = [f'<b style="color:{colour}">{name}</b>' for name, colour in zip(names, (ACCENT, SECOND), strict=True)]
    figure.update_xaxes(
        tickvals=[0, 1], ticktext=ticks, range=[-0.34, 1.34], side="top", showgrid=False, fixedrange=True
    )
    end = max((word.source.span[1] for word in aligned), default=1)
    figure.update_yaxes(title=label["axis"], range=[end + 0.3, -0.3], fixedrange=True)
    layout(
        figure, CHARACTER * end + 130, dragmode=False, barmode="overlay", uniformtext={"minsize": 11, "mode": "show"}
    )
    figure.update_layout(legend={"y": 0, "yanchor": "top"}, margin={"t": 44})
    return figure


def _blocks(x: int, tokens: Sequence[Placed]) -> go.Bar:
    return go.Bar(
        x=[x] * len(tokens),
        base=[token.start for token in tokens],
        y=[token.end - token.start for token in tokens],
        width=WIDTH,
        text=[token.text for token in tokens],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": ON_SLOT, "size": 12},
        marker={
            "color": [SLOTS[token.slot % len(SLOTS)] for token in tokens],
            "line": {"color": "rgba(15,23,42,0.5)", "width": 1},
        },
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _lines(figure: go.Figure, pairs: Sequence[tuple[Placed, Placed]], label: Mapping[str, str]) -> None:
    """A line a pair: the two kinds of them are two traces, each with its name in the legend."""
    for shares, name, colour, dash in ((True, "line_right", THIRD, "solid"), (False, "line_wrong", WRONG, "dash")):
        x, y = [], []
        for s, t in pairs:
            if s.shares(t) == shares:
                x += [LEFT, RIGHT, None]
                y += [(s.start + s.end) / 2, (t.start + t.end) / 2, None]
        line = {"color": colour, "dash": dash, "width": 2}
        figure.add_trace(go.Scatter(x=x, y=y, name=label[name], mode="lines", line=line, hoverinfo="skip"))


def _bands(figure: go.Figure, aligned: Sequence[AlignedWord]) -> None:
    """A band a word, with its bucket on it."""
    for word in aligned:
        start, end = word.source.span
        figure.add_shape(type="rect", x0=LEFT, x1=RIGHT, y0=start, y1=end, fillcolor=BAND, line_width=0)
        i, j = word.lengths
        figure.add_annotation(x=0.5, y=(start + end) / 2, text=f"({i}, {j})", showarrow=False, font={"color": INK})
