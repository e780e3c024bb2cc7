"""The search as a tree: which prompt came from which, and what was turned down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from fuse_core.search.records import Step
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout

KEPT, REJECTED = 8, 3  # prompts shown a step
WINDOW = 16  # steps shown at once
ROOMY = 10  # up to so many steps, tokens are written beside their nodes
LONGEST = 12  # characters of a token there
FAINT = "rgba(138,148,166,0.45)"
STYLES = {
    "turned down": {"color": FAINT, "size": 7, "line": 1},
    "kept": {"color": ACCENT, "size": 11, "line": 2},
    "line of the leader": {"color": SECOND, "size": 13, "line": 4},
}


@dataclass(frozen=True)
class Node:
    """A prompt at a step; ``parent`` is its parent's rank one step before, ``finished`` its objective with an end."""

    step: int
    rank: int
    prompt: str
    token: str
    objective: float | None
    kept: bool
    parent: int | None
    finished: float | None = None


def nodes(step: Step, before: Step | None) -> Iterator[Node]:
    """The prompts kept at a step and the best of those turned down, among them the best that can end."""
    made = {c.text: c for c in step.candidates}
    earlier = {beam.text: k for k, beam in enumerate(before.beams, 1)} if before else {}
    kept = step.beams[:KEPT]
    ended = {b.text: b.objective for b in step.finished_prompts}
    best_ended = next(iter(ended), None)
    for rank, beam in enumerate(kept, 1):
        candidate = made.get(beam.text)
        if candidate is not None:
            token, parent = candidate.token, candidate.parent + 1
        else:  # kept from before, written by hand, or the start
            token, parent = "by hand" if step.edited else "", earlier.get(beam.text)
        place = step.index, rank, beam.text.strip(), token.strip()
        yield Node(*place, beam.objective, True, parent, ended.get(beam.text))
    others = [c for c in step.candidates if not c.kept]
    late = [c for c in others[REJECTED:] if c.text == best_ended]
    for rank, c in enumerate([*others[: REJECTED - len(late)], *late], len(kept) + 1):
        place = step.index, rank, c.text.strip(), c.token.strip()
        yield Node(*place, c.objective, False, c.parent + 1, ended.get(c.text))


def beam_tree(steps: Sequence[Step], shown: Step | None) -> go.Figure:
    """Prompts by step (across) and rank (down), each joined to the one it came from."""
    if shown is None or len(steps) < 2:
        return empty("The tree begins with the first step.")
    last = min(len(steps) - 1, max(shown.index + 2, WINDOW - 1))
    first = max(0, last - WINDOW + 1)
    found = [
        node
        for k in range(first, last + 1)
        for node in nodes(steps[k], steps[k - 1] if k > first else None)
        if node.rank <= KEPT + REJECTED
    ]
    leader = _lineage(found, shown.index)
    figure = go.Figure()
    groups = {
        "turned down": [n for n in found if not n.kept],
        "kept": [n for n in found if n.kept and (n.step, n.rank) not in leader],
        "line of the leader": [n for n in found if (n.step, n.rank) in leader],
    }
    known = {(n.step, n.rank) for n in found}
    for name, group in groups.items():
        figure.add_trace(_edges(group, known, STYLES[name]))
    for name, group in groups.items():
        figure.add_trace(_dots(group, name, last - first + 1 <= ROOMY))
    if ended := [n for n in found if n.finished is not None]:
        figure.add_trace(_rings(ended))
    figure.add_vline(x=shown.index, line={"color": INK, "dash": "dot", "width": 1})
    figure.update_xaxes(title="step", dtick=1, fixedrange=True, range=[first - 0.4, last + 0.6])
    deepest = max(n.rank for n in found)
    figure.update_yaxes(title="rank by objective", dtick=1, fixedrange=True, showgrid=False, range=[deepest + 0.5, 0.3])
    return layout(figure, 130 + 38 * deepest, dragmode=False)


def _lineage(found: Sequence[Node], step: int) -> set[tuple[int, int]]:
    """(step, rank) of the leader of a step and of all it came from."""
    by_place = {(n.step, n.rank): n for n in found}
    line, place = set(), (step, 1)
    while place in by_place:
        line.add(place)
        parent = by_place[place].parent
        if parent is None:
            break
        place = (place[0] - 1, parent)
    return line


def _edges(group: Sequence[Node], known: set[tuple[int, int]], style: dict) -> go.Scatter:
    joined = [n for n in group if n.parent is not None and (n.step - 1, n.parent) in known]
    return go.Scatter(
        x=[x for n in joined for x in (n.step - 1, n.step, None)],
        y=[y for n in joined for y in (n.parent, n.rank, None)],
        mode="lines",
        line={"color": style["color"], "width": style["line"]},
        hoverinfo="skip",
        showlegend=False,
    )


def _dots(group: Sequence[Node], name: str, roomy: bool) -> go.Scatter:
    style = STYLES[name]
    return go.Scatter(
        x=[n.step for n in group],
        y=[n.rank for n in group],
        name=name,
        mode="markers+text" if roomy else "markers",
        marker={"color": style["color"], "size": style["size"]},
        text=[_short(n.token) for n in group],
        textposition="top center",
        textfont={"size": 12 if name != "turned down" else 11, "color": INK},
        customdata=[[escape(n.prompt) or "(empty)", escape(n.token), _number(n.objective)] for n in group],
        hovertemplate="%{customdata[0]}<br>token: %{customdata[1]}<br>objective %{customdata[2]}"
        f"<extra>{name}</extra>",
        cliponaxis=False,
    )


def _rings(group: Sequence[Node]) -> go.Scatter:
    """A ring around every prompt that was judged with an end, too."""
    return go.Scatter(
        x=[n.step for n in group],
        y=[n.rank for n in group],
        name="can end",
        mode="markers",
        marker={"color": THIRD, "size": 17, "symbol": "circle-open", "line": {"width": 2}},
        customdata=[[escape(n.prompt), _number(n.finished)] for n in group],
        hovertemplate="%{customdata[0]}<br>objective with an end %{customdata[1]}<extra></extra>",
        cliponaxis=False,
    )


def _short(token: str) -> str:
    return escape(token if len(token) <= LONGEST else token[: LONGEST - 1] + "…")


def _number(objective: float | None) -> str:
    return "not judged" if objective is None else f"{objective:.3f}"
