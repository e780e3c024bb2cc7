"""Chapter 6: fit it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from fuse_core.analysis.lessons.fit_by_words import fit_words
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from ui.kit.figures import ACCENT, INK, SECOND, layout
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.numbers import error_of
from ui.learn.page import Page
from ui.learn.tables import table, unbroken
from ui.learn.tokenizer_menus import titled

NAME, JOB = "fit", "lesson fit"
ROOM = 36  # letters of a line of the legend, on a phone
WAYS = ("plain", "chosen")  # without a ridge, and with the one that cross-validation chooses
KINDS = ("train", "heldout")
ERRORS: dict[str, Any] = {  # the axis: an error of 0 is below it
    "type": "log",
    "range": [math.log10(0.4), math.log10(50)],
    "tickvals": [0.5, 1, 2, 5, 10, 20, 50],
}
Point = dict[str, Any]  # a fit that was asked for: its words, way, guess, both errors, and whether it was live


def build(page: Page) -> None:
    """A guess, a fit on so many words, and the curves that grow of it."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page, self.known = page, recorded(NAME)
        self.points, self.latest = gr.State([]), gr.State(None)
        sizes = [fit["words"] for fit in self.known["fits"]]
        page.markdown(lambda texts, _: texts.labels["bucket"].format(**self._facts(sizes)), elem_classes="fx-lesson")
        choices = [(f"{words:,}", words) for words in sizes]
        self.words = page.labelled(gr.Radio(choices, value=sizes[-1], elem_id="lesson-words"), "words")
        with gr.Row():
            self.way = page.radio("way", WAYS, value=WAYS[0], elem_id="lesson-way", min_width=300)
            self.guess = page.labelled(gr.Textbox(max_lines=1, elem_id="lesson-fit-guess"), "guess")
        with gr.Row(elem_classes="fx-buttons"):
            about: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 190}
            self.fit = page.button("fit", elem_id="lesson-fit", **about)
            self.live = page.button("live", elem_id="lesson-fit-live", **about)
            self.every = page.button("every", elem_id="lesson-fit-every", **about)
        self.status = gr.HTML(elem_id="lesson-fit-status", padding=False)
        with gr.Row():
            with gr.Column(min_width=320):
                self.curve = self.page.plot("lesson-fit-curve")
            with gr.Column(min_width=320):
                self.path = self.page.plot("lesson-fit-path", visible=False)
                self.ridge = gr.HTML(elem_id="lesson-fit-ridge", padding=False)
        self.table = gr.HTML(elem_id="lesson-fits", padding=False)
        page.recorded()
        page.carried["bucket"] = "{},{}".format(*self.known["bucket"])

    def wire(self) -> None:
        page, language = self.page, self.page.language
        chosen = [self.points, self.words, self.way, self.guess, language]
        shown = [self.points, self.latest, self.guess, self.curve, self.path, self.ridge, self.table, self.status]
        self.fit.click(self.looked_up, chosen, shown, **PRIVATE)
        self.live.click(self.fitted, chosen, shown, **PRIVATE)
        self.every.click(self.all_shown, [self.points, self.latest, language], shown, **PRIVATE)
        gr.on(
            [page.part.arrives, language.change],
            self.retold,
            [self.points, self.latest, language],
            shown,
            **PRIVATE,
        )

    @guarded
    def looked_up(self, points: list[Point], words: int, way: str, guess: str, language: str) -> Update:
        """The recorded fit on so many words, once its held-out error was guessed."""
        if (error := error_of(guess)) is None:
            return self._guess_first(language)
        return self._judged(points, self._recorded(words), way, error, False, language)

    @guarded
    def fitted(
        self, request: gr.Request, points: list[Point], words: int, way: str, guess: str, language: str
    ) -> Iterator[Update]:
        """The same fitted here and now."""
        if (error := error_of(guess)) is None:
            yield self._guess_first(language)
            return
        self._recorded(words)

        def work(report_progress: Progress) -> dict[str, Any]:
            return asdict(fit_words(self.page.library, words, report_progress))

        found = yield from self.page.live(request, self.status, JOB, work, language)
        yield self._judged(points, found, way, error, True, language)

    @guarded
    def all_shown(self, points: list[Point], latest: dict[str, Any] | None, language: str) -> Update:
        """Every recorded fit, both ways."""
        known = {(point["words"], point["way"]) for point in points}
        others = [
            _point(fit, way, None, False)
            for fit in self.known["fits"]
            for way in WAYS
            if (fit["words"], way) not in known
        ]
        latest = latest or self.known["fits"][-1]
        return {self.status: "", **self._shown([*points, *others], latest, language)}

    @guarded
    def retold(self, points: list[Point], latest: dict[str, Any] | None, language: str) -> Update:
        """What is on show, in another language."""
        return {self.status: "", **self._shown(points, latest, language)}

    def _recorded(self, words: int) -> dict[str, Any]:
        found = next((fit for fit in self.known["fits"] if fit["words"] == words), None)
        if found is None:
            raise UserError("No fit on so many words was recorded.", "Choose one of the numbers.")
        return found

    def _guess_first(self, language: str) -> Update:
        return {self.status: status(self.page.label("guess_first", language))}

    def _judged(
        self, points: list[Point], found: dict[str, Any], way: str, guess: float, live: bool, language: str
    ) -> Update:
        point = _point(found, way, guess, live)
        said = self.page.label("found_live" if live else "found", language).format(
            words=f"{point['words']:,}",
            way=self.page.label(way, language),
            train=f"{point['train']:.3f}",
            heldout=f"{point['heldout']:.3f}",
            guess=f"{guess:g}",
            seconds=f"{found['seconds']:.2f}",
        )
        return {
            self.status: status(said),
            self.guess: "",
            **self._shown([*points, point], found, language),
        }

    def _shown(self, points: list[Point], latest: dict[str, Any] | None, language: str) -> Update:
        update: Update = {
            self.points: points,
            self.latest: latest,
            self.curve: self._curve(points, language),
            self.table: self._table(points, language),
        }
        if latest is None:
            return update
        said = self.page.label("ridge_found", language).format(
            words=f"{latest['words']:,}",
            ridge=f"{latest['ridge']:.3g}",
            plain=f"{latest['plain'][1]:.3f}",
            chosen=f"{latest['chosen'][1]:.3f}",
        )
        return update | {
            self.path: gr.Plot(self._path(latest, language), visible=True),
            self.ridge: status(said),
        }

    def _table(self, points: Sequence[Point], language: str) -> str:
        label = self.page.texts(language).labels
        rows = [
            [
                f"{point['words']:,}",
                label[point["way"]],
                f"{point['train']:.3f}",
                f"{point['heldout']:.3f}",
                "" if point["guess"] is None else f"{point['guess']:g}",
                label["here" if point["live"] else "record"],
            ]
            for point in points
        ]
        return table([label[name] for name in ("words", "way", *KINDS, "guessed", "source")], rows)

    def _curve(self, points: Sequence[Point], language: str) -> go.Figure:
        """Errors by the number of words, of the fits asked for so far."""
        label, figure = self.page.texts(language).labels, go.Figure()
        for way, dash, symbol in (("plain", "dash", "circle-open"), ("chosen", "solid", "circle")):
            of_way = sorted((point for point in points if point["way"] == way), key=lambda point: point["words"])
            for kind, colour in zip(KINDS, (ACCENT, SECOND), strict=True):
                values = [max(point[kind], 1e-3) for point in of_way]
                trace = _line([point["words"] for point in of_way], values, f"{label[kind]}, {label[way]}", colour)
                figure.add_trace(trace.update(line_dash=dash, marker_symbol=symbol, showlegend=bool(of_way)))
        mean, dimensions = self.known["mean_error"], self.known["dimensions"]
        dotted = {"color": INK, "dash": "dot"}
        figure.add_vline(x=dimensions, line=dotted)
        sizes = [fit["words"] for fit in self.known["fits"]]
        ends = [sizes[0] / 1.2, sizes[-1] * 1.2]
        ticks = [sizes[0], dimensions, 4 * dimensions, sizes[-1]]
        figure.add_trace(go.Scatter(x=ends, y=[mean, mean], mode="lines", line=dotted, name=label["mean"]))
        logs, across = [math.log10(end) for end in ends], unbroken(label["words"])
        figure.update_xaxes(title=across, type="log", range=logs, tickvals=ticks, tickformat=",d")
        figure.update_yaxes(title=label["error"], **ERRORS)
        if not points:
            first = "<br>".join(wrap(label["guess_first"], 40))
            figure.add_annotation(text=first, showarrow=False, x=0.5, y=0.75, xref="paper", yref="paper")
        return layout(figure, 420)

    def _path(self, fit: dict[str, Any], language: str) -> go.Figure:
        """Errors by the ridge weight, of one fit."""
        label, figure = self.page.texts(language).labels, go.Figure()
        for kind, colour in zip(KINDS, (ACCENT, SECOND), strict=True):
            figure.add_trace(_line(fit["weights"], [max(v, 1e-3) for v in fit[kind]], label[kind], colour))
        figure.add_vline(x=fit["ridge"], line={"color": INK, "dash": "dash"})
        figure.update_xaxes(title=label["weight"], type="log", exponentformat="power")
        figure.update_yaxes(title=label["error"], **ERRORS)
        return layout(figure, 420)

    def _facts(self, sizes: Sequence[int]) -> dict[str, Any]:
        numbers = {name: f"{self.known[name]:,}" for name in ("dimensions", "heldout_words")}
        return (
            titled(self.known) | numbers | {"words": f"{sizes[-1]:,}", "mean_error": f"{self.known['mean_error']:.3f}"}
        )


def _point(fit: dict[str, Any], way: str, guess: float | None, live: bool) -> Point:
    train, heldout = fit[way]
    return {"words": fit["words"], "way": way, "guess": guess, "train": train, "heldout": heldout, "live": live}


def _line(x: Sequence[float], y: Sequence[float], name: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        name="<br>".join(wrap(unbroken(name), ROOM)),
        mode="lines+markers",
        line={"color": colour, "width": 2},
        hovertemplate=f"{name}, %{{x:,.4g}}: %{{y:.3f}}<extra></extra>",
    )


CHAPTER = Chapter(NAME, 6, "adapter", build)
