"""Chapter 5: why a pseudoinverse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch

from fuse_core.analysis.lessons.planar_fit import PlanarFit, bucket_facts, planar_fit
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.progress import Progress
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.numbers import matrix
from ui.learn.page import Page
from ui.learn.plane_figure import REACH, plane_figure
from ui.learn.tables import table
from ui.learn.tokenizer_menus import titled

NAME, JOB = "pseudoinverse", "lesson bucket"
THIRDS = (1, 0.1, 0.01, 0)
Places = list[list[float]]


def build(page: Page) -> None:
    """Four words in a plane to be moved, and three real buckets."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page, self.known = page, recorded(NAME)
        words, places = self.known["words"], self.known["b"]
        self.places = gr.State(places)
        with gr.Row():
            self.used = page.labelled(gr.Slider(1, len(words), value=3, step=1, elem_id="lesson-used"), "used")
            thirds = [(f"× {third:g}", third) for third in THIRDS]
            self.third = page.labelled(gr.Radio(thirds, value=1, elem_id="lesson-third", min_width=300), "third")
        with gr.Row():
            choices = [(word, k) for k, word in enumerate(words)]
            self.word = page.labelled(
                gr.Radio(choices, value=len(words) - 1, elem_id="lesson-moved", min_width=300), "word"
            )
            self.x, self.y = (
                page.labelled(gr.Slider(-REACH, REACH, value=at, step=0.01, elem_id=f"lesson-{name}"), name)
                for name, at in zip("xy", places[-1], strict=True)
            )
        with gr.Row(elem_classes="fx-buttons"):
            self.reset = page.button("reset", elem_id="lesson-reset", size="sm", scale=0, min_width=180)
        self.status = gr.HTML(elem_id="lesson-plane-status", padding=False)
        with gr.Row():
            with gr.Column(min_width=320):
                self.plane = self.page.plot("lesson-plane", elem_classes="fx-draggable")
                self.dragged = gr.Textbox(elem_id="lesson-plane-drag", elem_classes="fx-hidden", container=False)
            with gr.Column(min_width=320):
                self.numbers = gr.HTML(elem_id="lesson-numbers", padding=False)
                self.table = gr.HTML(elem_id="lesson-missed", padding=False)
        page.markdown(lambda texts, _: texts.labels["real"].format(**titled(self.known)), elem_classes="fx-lesson")
        self.buckets = {"{},{}".format(*found["bucket"]): found for found in self.known["buckets"]}
        buckets = [(_pair(found["bucket"]), key) for key, found in self.buckets.items()]
        with gr.Row(elem_classes="fx-timeline"):
            self.bucket = page.labelled(gr.Radio(buckets, value="1,1", elem_id="lesson-bucket"), "bucket")
            page.carried["bucket"] = self.bucket
            self.live = page.button("live", elem_id="lesson-bucket-live", size="sm", scale=0, min_width=220)
        self.facts = gr.HTML(elem_id="lesson-bucket-facts", padding=False)
        self.spectra = gr.HTML(elem_id="lesson-spectra", padding=False)
        page.recorded()

    def wire(self) -> None:
        page, language = self.page, self.page.language
        settings = [self.places, self.used, self.third, language]
        shown = [self.plane, self.numbers, self.table, self.status]
        gr.on(
            [page.part.arrives, language.change, self.used.change, self.third.change, self.places.change],
            self.fitted,
            settings,
            shown,
            **PRIVATE,
        )
        self.word.input(self.chosen, [self.places, self.word], [self.x, self.y, self.status], **PRIVATE)
        moved = [self.places, self.word, self.x, self.y]
        gr.on(
            [self.x.input, self.y.input],
            self.moved,
            moved,
            [self.places, self.status],
            trigger_mode="always_last",
            **PRIVATE,
        )
        at = [self.places, self.word, self.x, self.y, self.status]
        self.dragged.input(self.put, [self.dragged, self.places], at, **PRIVATE)
        self.reset.click(self.put_back, [self.word], [self.places, self.x, self.y, self.status], **PRIVATE)
        bucket = [self.facts, self.spectra, self.status]
        gr.on(
            [page.part.arrives, language.change, self.bucket.change],
            self.bucket_shown,
            [self.bucket, language],
            bucket,
            **PRIVATE,
        )
        self.live.click(self.measured, [self.bucket, language], bucket, **PRIVATE)

    @guarded
    def fitted(self, places: Places, used: float, third: float, language: str) -> Update:
        """The least-squares map of the words chosen, in the plane and in numbers."""
        a, b = torch.tensor(self.known["a"]), torch.tensor(places)
        found = planar_fit(a, b, int(used), third)
        source = a * torch.tensor([1.0, 1.0, third]) + 0.0  # no negative zero
        rounded = [part.double().round(decimals=2) for part in (source, found.matrix, found.mapped)]
        names = ("A", "M = A⁺B", "AM")
        parts = [matrix(part, name) for part, name in zip(rounded, names, strict=True)]
        facts = self.page.label("facts", language).format(
            rank=found.rank,
            most=min(int(used), 3),
            condition=_large(found.condition),
            size=f"{float(found.matrix.norm()):,.2f}",
            missed=f"{float(found.missed[: int(used)].max()):.2f}",
        )
        return {
            self.plane: plane_figure(found, places, int(used), self.known["words"], self.page.texts(language).labels),
            self.numbers: render("matrix_row", parts=parts, signs=["·", "="]),
            self.table: self._missed(found, places, int(used), language),
            self.status: status(facts),
        }

    @guarded
    def chosen(self, places: Places, word: int) -> Update:
        """The sliders stand where the word is."""
        return {self.x: places[word][0], self.y: places[word][1]}

    @guarded
    def moved(self, places: Places, word: int, x: float, y: float) -> Update:
        """The word stands where the sliders are."""
        return {self.places: [[x, y] if k == word else place for k, place in enumerate(places)]}

    @guarded
    def put(self, told: str, places: Places) -> Update:
        """A word stands where it was dragged to, "word,x,y", and the sliders with it."""
        try:
            word, *found = told.split(",")[:3]
            k = range(len(places))[int(word)]
            x, y = (round(min(max(float(value), -REACH), REACH), 2) for value in found)
        except (ValueError, IndexError):  # not what the figure's script sends
            return {}
        if math.isnan(x + y):
            return {}
        return {self.word: k, self.x: x, self.y: y, **self.moved(places, k, x, y)}

    @guarded
    def put_back(self, word: int) -> Update:
        """Where the words really are."""
        places = self.known["b"]
        return {self.places: places, self.x: places[word][0], self.y: places[word][1]}

    @guarded
    def bucket_shown(self, chosen: str, language: str) -> Update:
        """A real bucket as it was recorded."""
        return self._bucket(self.buckets[chosen], language)

    @guarded
    def measured(self, request: gr.Request, chosen: str, language: str) -> Iterator[Update]:
        """The same measured here and now."""
        bucket = tuple(self.buckets[chosen]["bucket"])

        def work(report_progress: Progress) -> dict[str, Any]:
            return {**bucket_facts(self.page.library, bucket, report_progress), "live": True}

        found = yield from self.page.live(request, self.facts, JOB, work, language)
        yield self._bucket(found, language)

    def _bucket(self, found: dict[str, Any], language: str) -> Update:
        words, m, l = found["a"]
        residuals = {name: f"{value:.1e}" for name, value in found["penrose"].items() if name != "words"}
        facts = self.page.label("bucket_facts", language).format(
            bucket=_pair(found["bucket"]), words=f"{words:,}", m=m, p=found["b"][1], l=l, **residuals,
            sample=found["penrose"]["words"],
        )  # fmt: skip
        rows = [
            [
                s["frequency"],
                f"{s['rank']:,} / {m:,}",
                f"{s['largest']:.4g}",
                f"{s['smallest']:.4g}",
                _large(s["largest"] / s["smallest"] if s["smallest"] else math.inf),
            ]
            for s in found["spectra"]
        ]
        columns = [
            self.page.label(name, language) for name in ("frequency", "rank", "largest", "smallest", "condition")
        ]
        here = self.page.label("here", language) if "live" in found else ""
        return {self.facts: status(f"{facts} {here}"), self.spectra: table(columns, rows)}

    def _missed(self, found: PlanarFit, places: Places, used: int, language: str) -> str:
        label = self.page.texts(language).labels
        rows = [
            [word, "✓" if k < used else "", _at(places[k]), _at(found.mapped[k].tolist()), f"{found.missed[k]:.2f}"]
            for k, word in enumerate(self.known["words"])
        ]
        return table([label[name] for name in ("name", "fitted", "belongs", "lands", "missed")], rows)


def _large(value: float) -> str:
    return f"{value:,.1f}" if math.isfinite(value) else "∞"


def _at(place: list[float]) -> str:
    return f"({place[0]:.2f}, {place[1]:.2f})"


def _pair(bucket: list[int]) -> str:
    return f"({bucket[0]}, {bucket[1]})"


CHAPTER = Chapter(NAME, 5, "adapter", build)
