"""Chapter 9: is it right?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from fuse_core.analysis.fidelity_run import MEAN, FidelityRun
from fuse_core.analysis.lessons.guessed_order import (
    GRADIENT,
    Guess,
    guess,
    measured,
    misleading,
    places,
    prompt,
    recorded_run,
)
from fuse_core.analysis.rank_measures import BEST, WITHIN, recall
from fuse_core.common.progress import Progress
from ui.kit import fragments
from ui.kit.examples import EXAMPLES, example
from ui.kit.figures import ACCENT, SECOND, layout
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.uploads import PictureInput
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.labels import Label, placed
from ui.learn.page import Page
from ui.learn.tables import table

JOB = "lesson-ranking"
RANKS = (-0.1, 3.6)  # of both axes, powers of ten
START: dict[str, Any] = {"turn": 0, "chosen": None, "turns": 0, "you": 0, "gradient": 0}
Labels = Mapping[str, str]


def build(page: Page) -> None:
    """Three tokens to guess among, what the gradient and the truth say of them, and where a correlation misleads."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        day, first = recorded_run().created, recorded_run().image.rsplit(".", 1)[0]
        page.markdown(lambda _, shared: shared["recorded"].format(day=day), elem_classes="fx-small")
        self.live, self.state = gr.State(None), gr.State(START)
        with gr.Row():
            with gr.Column(scale=1, min_width=240):
                self.image = PictureInput(
                    example(first), show_label=False, height=190, interactive=False, buttons=[], elem_id="lesson-seen"
                )
                self.image.label = "Picture"  # for those who hear the page
            with gr.Column(scale=2, min_width=300):
                self.ask = gr.HTML(elem_id="lesson-ranking-ask", padding=False)
                self.tokens = page.labelled(gr.Radio([], elem_id="lesson-ranking-tokens"), "tokens")
                self.next = page.button("next", elem_id="lesson-ranking-next", size="sm")
        with gr.Row():
            with gr.Column(min_width=300):
                self.table = gr.HTML(elem_id="lesson-ranking-table", padding=False)
            with gr.Column(min_width=300):
                self.places = self.page.plot("lesson-ranking-places", visible=False)
        self.within = page.labelled(
            gr.Slider(BEST, 512, value=WITHIN, step=1, elem_id="lesson-ranking-within"), "within"
        )
        self.misled = gr.HTML(elem_id="lesson-ranking-misled", padding=False)
        with gr.Row(elem_classes="fx-buttons fx-timeline"):
            self.picture = page.labelled(
                gr.Dropdown(
                    [path.stem for path in EXAMPLES], value=first, elem_id="lesson-ranking-picture", min_width=160
                ),
                "picture",
            )
            self.context = page.labelled(
                gr.Textbox("a photograph of the", max_lines=1, elem_id="lesson-ranking-context", min_width=220),
                "context",
            )
            page.carried |= {"picture": self.picture, "context": self.context}
            self.measure = page.button("measure", elem_id="lesson-ranking-measure", size="sm", min_width=170)
        self.status = gr.HTML(elem_id="lesson-ranking-status", padding=False)

    def wire(self) -> None:
        language, kept = self.page.language, [self.live, self.state, self.page.language]
        shown = [self.state, self.ask, self.tokens, self.table, self.places, self.status]
        gr.on([self.page.part.arrives, language.change], self.shown, kept, shown, **PRIVATE)
        self.tokens.input(self.guessed, [self.tokens, *kept], shown, **PRIVATE)
        self.next.click(self.dealt, kept, shown, **PRIVATE)
        self.within.release(self.warned, [self.within, language], [self.misled, self.status], **PRIVATE)
        work: dict[str, Any] = {**PRIVATE, "trigger_mode": "once"}
        own = [self.picture, self.context, language]
        self.measure.click(self.measured, own, [self.live, self.image, *shown], **work)

    @guarded
    def shown(self, live: FidelityRun | None, state: dict[str, Any], language: str) -> Update:
        """Where the visit stands."""
        return self._shown(live or recorded_run(), state, language)

    @guarded
    def guessed(self, chosen: int, live: FidelityRun | None, state: dict[str, Any], language: str) -> Update:
        """A guess counts once."""
        run = live or recorded_run()
        if state["chosen"] is not None:
            return self._shown(run, state, language)
        asked = guess(run, state["turn"])
        state = state | {
            "chosen": chosen,
            "turns": state["turns"] + 1,
            "you": state["you"] + (chosen == asked.best),
            "gradient": state["gradient"] + (asked.foretold == asked.best),
        }
        return self._shown(run, state, language)

    @guarded
    def dealt(self, live: FidelityRun | None, state: dict[str, Any], language: str) -> Update:
        """Three other tokens."""
        return self._shown(live or recorded_run(), state | {"turn": state["turn"] + 1, "chosen": None}, language)

    @guarded
    def warned(self, within: float, language: str) -> Update:
        """The context where a high correlation says least of the first K."""
        found = misleading(recorded_run().contexts, int(within))
        if found is None:
            return {self.misled: ""}
        context = found.context.strip() or "…"
        said = self.page.label("misled", language).format(
            image=found.image.rsplit(".", 1)[0],
            context=context,
            at=found.at.strip(),
            share=f"{found.share:.0%}",
            found=found.found,
            own=found.own,
            best=found.best,
            within=int(within),
        )
        return {self.misled: render("answer", right=False, why=said)}

    @guarded
    def measured(self, request: gr.Request, picture: str, context: str, language: str) -> Iterator[Update]:
        """Another picture and context, now; the count begins anew."""

        def work(progress: Progress) -> FidelityRun:
            return measured(self.page.library, f"{picture}.jpg", context or "", progress)

        run = yield from self.page.live(request, self.status, JOB, work, language)
        told = fragments.status(self.page.label("computed", language))
        yield {self.live: run, self.image: example(picture), **self._shown(run, START, language), self.status: told}

    def _shown(self, run: FidelityRun, state: dict[str, Any], language: str) -> Update:
        labels, asked, chosen = self.page.texts(language).labels, guess(run, state["turn"]), state["chosen"]
        open_now = chosen is None
        choices = [(ranked.token, k) for k, ranked in enumerate(asked.tokens)]
        return {
            self.state: state,
            self.ask: render("muted", text=labels["ask"].format(prompt=prompt(run))),
            self.tokens: gr.Radio(choices=choices, value=chosen, interactive=open_now),
            self.table: "" if open_now else _table(run, asked, state, labels),
            self.places: gr.Plot(visible=False) if open_now else gr.Plot(_places(run, asked, labels), visible=True),
        }


def _table(run: FidelityRun, asked: Guess, state: Mapping[str, Any], labels: Labels) -> str:
    """The three tokens' places, how the visitor and the gradient do, and both measures of the whole order."""
    count = len(run.drawn.tokens)
    headers = [labels[name] for name in ("token", "true", "predicted", "loss")]
    rows = [
        [ranked.token, ranked.true, ranked.predicted, f"{ranked.loss:.3f}"]
        for ranked in sorted(asked.tokens, key=lambda ranked: ranked.true)
    ]
    right = labels["hit" if state["chosen"] == asked.best else "missed"].format(token=rows[0][0])
    (context,) = [c for c in run.contexts if (c.image, c.context) == (run.image, run.drawn.context)]
    carried, own = context.spearman[MEAN][GRADIENT], context.spearman[MEAN]["target"]
    ranks = context.ranks[MEAN][GRADIENT]
    within = min(WITHIN, count // 7)  # a front, however few were measured
    found = round(recall(ranks, within) * len(ranks)) if ranks else 0
    order = labels["order"].format(
        count=count, carried=f"{carried:.2f}", own=f"{own:.2f}", found=found, best=len(ranks), within=within
    )
    return table(headers, rows, [right, labels["tally"].format(**state), order])


def _places(run: FidelityRun, asked: Guess, labels: Labels) -> go.Figure:
    """Every candidate's place by the gradient and in truth; the three are named."""
    true, predicted = places(run)
    named = [Label(ranked.token, math.log10(ranked.predicted), math.log10(ranked.true), 9) for ranked in asked.tokens]
    sides = placed(named, [(RANKS[0], RANKS[0]), (RANKS[1], RANKS[1])], len(named))
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=predicted.tolist(),
            y=true.tolist(),
            text=[token.strip() for token in run.drawn.tokens],
            mode="markers",
            name=labels["others"],
            marker={"color": ACCENT, "size": 4, "opacity": 0.35},
            hovertemplate="<b>%{text}</b>: %{x} → %{y}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[ranked.predicted for ranked in asked.tokens],
            y=[ranked.true for ranked in asked.tokens],
            text=[ranked.token for ranked in asked.tokens],
            mode="markers+text",
            textposition=sides,
            name=labels["three"],
            marker={"color": SECOND, "size": 11},
            textfont={"size": 15, "color": SECOND},
            hovertemplate="<b>%{text}</b>: %{x} → %{y}<extra></extra>",
        )
    )
    figure.update_xaxes(title=labels["x"], type="log", range=RANKS, dtick=1)
    figure.update_yaxes(title=labels["y"], type="log", range=RANKS, dtick=1)
    return layout(figure, 360)


CHAPTER = Chapter("ranking", 9, "fidelity", build)
