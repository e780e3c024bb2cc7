"""Chapter 7: where does a word land?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from fuse_core.analysis.lessons.landings import land
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.checks import LONGEST_TEXT
from fuse_core.common.progress import Progress
from ui.kit.figures import ACCENT, INK, SECOND, layout
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.labels import Label, placed
from ui.learn.page import Page
from ui.learn.tables import table
from ui.learn.tokenizer_menus import titled

NAME, JOB = "landing", "lesson landing"
Shown = dict[str, Any]  # a neighbourhood as plain values


def build(page: Page) -> None:
    """Words among the target's tokens, their images once asked for, and a count over all held-out words."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page, self.known = page, recorded(NAME)
        self.shown, self.landed = gr.State(self.known["neighbourhood"]), gr.State(False)
        page.markdown(lambda texts, _: texts.labels["which"].format(**titled(self.known)), elem_classes="fx-lesson")
        with gr.Row(elem_classes="fx-buttons"):
            about: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 190}
            self.recorded = page.button("recorded", elem_id="lesson-land", **about)
            self.count = page.button("count", elem_id="lesson-count", **about)
        with gr.Row(elem_classes="fx-timeline"):
            words = dict.fromkeys(slot["word"] for slot in self.known["neighbourhood"]["landed"])
            own = gr.Textbox(" ".join(words), elem_id="lesson-own-words", max_lines=1, max_length=LONGEST_TEXT)
            self.words = page.labelled(own, "words")
            self.live = page.button("live", elem_id="lesson-land-live", size="sm", scale=0, min_width=190)
        self.status = gr.HTML(elem_id="lesson-land-status", padding=False)
        self.plane = self.page.plot("lesson-land-plane")
        self.table = gr.HTML(elem_id="lesson-landed", padding=False)
        self.counts = gr.HTML(elem_id="lesson-counts", padding=False)
        page.recorded()

    def wire(self) -> None:
        page, language = self.page, self.page.language
        shown = [self.shown, self.landed, self.plane, self.table, self.status]
        self.recorded.click(self.looked_up, [language], shown, **PRIVATE)
        gr.on(
            [self.live.click, self.words.submit],
            self.mapped,
            [self.words, language],
            shown,
            trigger_mode="always_last",
            **PRIVATE,
        )
        self.count.click(self.counted, [language], [self.counts, self.status], **PRIVATE)
        gr.on(
            [page.part.arrives, language.change],
            self.retold,
            [self.shown, self.landed, self.counts, language],
            [*shown, self.counts],
            **PRIVATE,
        )

    @guarded
    def looked_up(self, language: str) -> Update:
        """Where the recorded words land."""
        return self._shown(self.known["neighbourhood"], True, language)

    @guarded
    def mapped(self, request: gr.Request, words: str, language: str) -> Iterator[Update]:
        """Where one's own words land, here and now."""

        def work(report_progress: Progress) -> Shown:
            found = land(self.page.library, [*dict.fromkeys(words.split())], report_progress)
            return {**asdict(found), "live": True}

        found = yield from self.page.live(request, self.status, JOB, work, language)
        yield self._shown(found, True, language)

    @guarded
    def counted(self, language: str) -> Update:
        """How often a held-out word's token is the nearest, bucket by bucket."""
        label, counted = self.page.texts(language).labels, self.known["counted"]
        said = label["counted"].format(**{name: f"{counted[name]:.1%}" for name in ("top1", "top10")})
        chance = label["chance"].format(share=f"{counted['chance10']:.3%}")
        return {self.status: status(f"{said} {chance}"), self.counts: self._counts(language)}

    def _counts(self, language: str) -> str:
        label, buckets = self.page.texts(language).labels, self.known["counted"]["buckets"]
        rows = [[f"({i}, {j})", words, f"{top1:.1%}", f"{top10:.1%}"] for (i, j), words, top1, top10 in buckets]
        return table([label[name] for name in ("bucket", "sample", "first", "among")], rows)

    @guarded
    def retold(self, found: Shown, landed: bool, counts: str, language: str) -> Update:
        """What is on show, in another language."""
        counted = {self.counts: self._counts(language)} if counts else {}
        return counted | self._shown(found, landed, language)

    def _shown(self, found: Shown, landed: bool, language: str) -> Update:
        label = self.page.texts(language).labels
        own = sum(slot["rank"] == 1 for slot in found["landed"])
        said = label["landed"].format(own=own, tokens=len(found["landed"]), vocabulary=f"{found['vocabulary']:,}")
        return {
            self.shown: found,
            self.landed: landed,
            self.plane: _figure(found, landed, label),
            self.table: _table(found, label) if landed else "",
            self.status: status(f"{said} {label['here'] if 'live' in found else ''}" if landed else label["before"]),
        }


def _table(found: Shown, label: dict[str, str]) -> str:
    rows = [
        [
            slot["word"],
            slot["token"],
            label[slot["known"]],
            slot["rank"],
            f"{slot['cosine']:.2f}",
            " · ".join(slot["nearest"]),
        ]
        for slot in found["landed"]
    ]
    return table([label[name] for name in ("word", "token", "known", "rank", "cosine", "nearest")], rows)


def _figure(found: Shown, landed: bool, label: dict[str, str]) -> go.Figure:
    """The target's tokens, and, once they have landed, the words' images with a line to where each belongs."""
    figure, slots = go.Figure(), found["landed"]
    others = found["others"]
    words = [Label(slot["token"], slot["true"][0], slot["true"][1], 8) for slot in slots]
    spots = [(*slot["mapped"],) for slot in slots] if landed else []
    places = placed(words + [Label(name, x, y, 6) for name, x, y in others], spots, len(words))
    dots = {"color": INK, "size": 5}
    figure.add_trace(
        go.Scatter(
            x=[x for _, x, _ in others],
            y=[y for _, _, y in others],
            text=[name if place else "" for (name, _, _), place in zip(others, places[len(slots) :], strict=True)],
            customdata=[name for name, _, _ in others],
            name=label["others"],
            mode="markers+text",
            textposition=[place or "top center" for place in places[len(slots) :]],
            textfont={"size": 10},
            marker=dots,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    if landed:
        ends = [(*slot["mapped"], *slot["true"]) for slot in slots]
        xs = [value for x, _, to_x, _ in ends for value in (x, to_x, None)]
        ys = [value for _, y, _, to_y in ends for value in (y, to_y, None)]
        line = {"color": INK, "width": 1}
        figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False))
        figure.add_trace(_markers(slots, "mapped", label["lands"], ACCENT, "circle", "markers", 9))
    figure.add_trace(
        _markers(slots, "true", label["belongs"], SECOND, "diamond", "markers+text", 12, places[: len(slots)])
    )
    first, second = (f"{share:.0%}" for share in found["shares"])
    across = [x for _, x, _ in others] + [slot[place][0] for slot in slots for place in ("true", "mapped")]
    air = 0.12 * (max(across) - min(across) or 1)  # for names at the edges
    ends = [min(across) - air, max(across) + air]
    figure.update_xaxes(title=label["first_axis"].format(share=first), range=ends)
    figure.update_yaxes(title=label["second_axis"].format(share=second))
    return layout(figure, 560)


def _markers(
    slots: list[dict[str, Any]],
    place: str,
    name: str,
    colour: str,
    symbol: str,
    mode: str,
    size: int,
    at: Sequence[str] = (),
) -> go.Scatter:
    return go.Scatter(
        x=[slot[place][0] for slot in slots],
        y=[slot[place][1] for slot in slots],
        text=[slot["token"] for slot in slots],
        name=name,
        mode=mode,
        textposition=[*at] or None,
        textfont={"size": 14},
        marker={"color": colour, "size": size, "symbol": symbol},
        customdata=[slot["word"] for slot in slots],
        hovertemplate="%{customdata}: %{text}<extra></extra>",
    )


CHAPTER = Chapter(NAME, 7, "adapter", build)
