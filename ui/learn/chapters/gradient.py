"""Chapter 8: carry a gradient back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from fuse_core.analysis.lessons.carried_gradient import TEXT, carry
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.progress import Progress
from ui.kit import fragments
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.page import Page

JOB = "lesson-gradient"
COLOURS = {"target": THIRD, "source": ACCENT, "without": SECOND}
SLOTS = 8  # colours of slots
Carried = Mapping[str, Any]


def build(page: Page) -> None:
    """One word at a time: arrows at the target's tokens and at the source's, and the identity that makes them one."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.recorded()
        known = recorded("gradient")
        self.live = gr.State(None)
        choices = {"choices": _choices(known), "value": len(known["words"]) - 1}
        self.word = page.labelled(gr.Dropdown(**choices, elem_id="lesson-gradient-word"), "word")
        self.both = page.labelled(gr.Checkbox(False, elem_id="lesson-gradient-both"), "both")
        self.table = gr.HTML(elem_id="lesson-gradient-table", padding=False)
        with gr.Row():
            with gr.Column(min_width=300):
                self.arrows = self.page.plot("lesson-gradient-arrows")
            with gr.Column(min_width=300):
                self.moves = self.page.plot("lesson-gradient-moves")
        with gr.Row(elem_classes="fx-buttons fx-timeline"):
            self.text = page.labelled(
                gr.Textbox(TEXT, max_lines=1, elem_id="lesson-gradient-text", scale=3, min_width=260), "text"
            )
            self.carry = page.button("carry", elem_id="lesson-gradient-carry", size="sm", min_width=170)
        self.status = gr.HTML(elem_id="lesson-gradient-status", padding=False)

    def wire(self) -> None:
        looks = [self.live, self.word, self.both, self.page.language]
        shown = [self.table, self.arrows, self.moves, self.status]
        changed = [self.page.part.arrives, self.word.input, self.both.change, self.page.language.change]
        gr.on(changed, self.shown, looks, shown, trigger_mode="always_last", **PRIVATE)
        work: dict[str, Any] = {**PRIVATE, "trigger_mode": "once"}
        inputs = [self.text, self.both, self.page.language]
        self.carry.click(self.carried, inputs, [self.live, self.word, *shown], **work)

    @guarded
    def shown(self, live: Carried | None, word: int, both: bool, language: str) -> Update:
        """One word of the recorded sentence, or of the visitor's own."""
        return self._shown(live or recorded("gradient"), word, both, language)

    @guarded
    def carried(self, request: gr.Request, text: str, both: bool, language: str) -> Iterator[Update]:
        """Another sentence, now."""

        def work(progress: Progress) -> Carried:
            return carry(self.page.library, text, progress)

        found = yield from self.page.live(request, self.status, JOB, work, language)
        longest = max(range(len(found["words"])), key=lambda k: found["words"][k].get("slots", 0))
        words = gr.Dropdown(_choices(found), value=longest)
        told = fragments.status(self.page.label("computed", language))
        yield {self.live: found, self.word: words, **self._shown(found, longest, both, language), self.status: told}

    def _shown(self, found: Carried, k: int, both: bool, language: str) -> Update:
        labels = self.page.texts(language).labels
        word = found["words"][k]
        if "slots" not in word:
            nothing = empty(labels["unserved"])
            return {self.table: _table(word, both, labels), self.arrows: nothing, self.moves: nothing}
        return {
            self.table: _table(word, both, labels),
            self.arrows: _arrows(word, both, labels),
            self.moves: _moves(word, both, labels),
        }


def _choices(found: Carried) -> list[tuple[str, int]]:
    """Words with their bucket."""
    sizes = [(len(word["source"]), len(word["target"])) for word in found["words"]]
    return [(f"{w['text']} ({i}, {j})", k) for k, (w, (i, j)) in enumerate(zip(found["words"], sizes, strict=True))]


def _table(word: Carried, both: bool, labels: Mapping[str, str]) -> str:
    """Every token with the length of its arrow, and the identity in a sentence: what the figures show, in words."""
    rows, served = [], "slots" in word
    for side in ("target", "source"):
        norms = word["norms"][side] if served else [None] * len(word[side])
        wrong = word["norms"]["without"] if served and side == "source" else [None] * len(norms)
        for slot, (token, norm, without) in enumerate(zip(word[side], norms, wrong, strict=True)):
            shown = {"side": labels[side], "token": token, "slot": slot % SLOTS}
            rows.append(shown | {"norm": _number(norm), "without": _number(without)})
    said = labels["unserved"]
    if served:
        right, wrong = (f"{error:.2g}" for error in word["wrong"])
        said = labels["holds"].format(moves=len(word["moves"]), right=right, slots=word["slots"])
        if both:
            said += " " + labels["fails"].format(wrong=wrong, cosine=f"{word['cosine']:.3f}")
    names = {name: labels[name] for name in ("side", "token", "length", "wrong_length")}
    return render("carried_word", rows=rows, both=both, said=said, **names)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _arrows(word: Carried, both: bool, labels: Mapping[str, str]) -> go.Figure:
    """The directions in which the loss falls, at every token; the longest arrow of a side is one token long."""
    figure = go.Figure()
    names = ["target", "source", "without"] if both else ["target", "source"]
    for row, name in enumerate(reversed(names)):
        tokens = word["target" if name == "target" else "source"]
        sides = ["target"] if name == "target" else ["source", "without"]
        scale = 0.8 / max(norm for side in sides for norm in word["norms"][side])
        figure.add_trace(
            go.Scatter(
                x=list(range(len(tokens))),
                y=[row] * len(tokens),
                mode="markers",
                text=tokens,
                marker={"color": COLOURS[name], "size": 7},
                customdata=word["norms"][name],
                hovertemplate="%{text}: %{customdata:.3f}<extra></extra>",
                showlegend=False,
            )
        )
        for slot, token in enumerate(tokens):  # below the arrows' reach
            figure.add_annotation(x=slot, y=row - 0.38, text=token, showarrow=False, yanchor="middle")
        for slot, (dx, dy) in enumerate(word["arrows"][name]):
            tip = {"x": slot + scale * dx, "y": row + 0.4 * scale * dy}
            figure.add_annotation(
                **tip,
                ax=slot,
                ay=row,
                axref="x",
                ayref="y",
                xref="x",
                yref="y",
                text="",
                showarrow=True,
                arrowhead=2,
                arrowwidth=2,
                arrowcolor=COLOURS[name],
            )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[labels[f"row_{name}"] for name in reversed(names)],
        range=[-0.7, len(names) - 0.3],
        showgrid=False,
    )
    most = max(len(word["target"]), len(word["source"]))
    shares = [f"{share:.0%}" for share in word["shares"]]
    title = labels["plane"].format(target=shares[0], source=shares[1])
    figure.update_xaxes(title=title, range=[-0.9, most - 0.1], showticklabels=False, showgrid=False)
    return layout(figure, 120 + 90 * len(names))


def _moves(word: Carried, both: bool, labels: Mapping[str, str]) -> go.Figure:
    """What the source's gradient foretells of changes of the word against what the target's does."""
    figure = go.Figure()
    at_target = [move[0] for move in word["moves"]]
    ends = [min(at_target), max(at_target)]
    line = go.Scatter(x=ends, y=ends, mode="lines", line={"color": INK, "dash": "dash", "width": 1})
    figure.add_trace(line.update(name=labels["diagonal"], hoverinfo="skip"))
    names = ["source", "without"] if both else ["source"]
    for k, name in enumerate(names, 1):
        figure.add_trace(
            go.Scatter(
                x=at_target,
                y=[move[k] for move in word["moves"]],
                mode="markers",
                name=labels[f"row_{name}"].replace("<br>", " "),
                marker={"color": COLOURS[name], "size": 9, "symbol": "circle" if k == 1 else "x"},
                hovertemplate="%{x:.4f} → %{y:.4f}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"])
    return layout(figure, 370 if both else 340)


CHAPTER = Chapter("gradient", 8, "synthetic", build)
