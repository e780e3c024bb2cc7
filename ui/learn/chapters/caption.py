"""Chapter 10: write a caption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import gradio as gr

from fuse_core.analysis.comparison_record import read_record
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.analysis.lessons.slow_step import (
    PICTURE,
    Slow,
    beams_with,
    caption_setting,
    own_candidate,
    place,
    slow_step,
)
from fuse_core.search.records import Beam
from ui.kit import fragments
from ui.kit.examples import ASSETS, EXAMPLES, example
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.uploads import PictureInput
from ui.kit.wiring import PRIVATE
from ui.learn.caption_figures import STAGES, figure, stage_table, worth_figure, worth_table
from ui.learn.chapter import Chapter
from ui.learn.page import Page

JOB = "lesson-caption"
COMPARED = ASSETS / "recorded" / "compare.json"
State = dict[str, Any]  # the picture, the step on show, the visitor's own candidate; a step None is the recorded one


def build(page: Page) -> None:
    """A step a stage at a time, a candidate of one's own, further steps; then what the gradient is worth."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.recorded()
        self.state = gr.State({"picture": PICTURE, "slow": None, "own": None})
        with gr.Row():
            with gr.Column(scale=1, min_width=240):
                names = [path.stem for path in EXAMPLES]
                self.picture = page.labelled(
                    gr.Dropdown(names, value=PICTURE, elem_id="lesson-caption-picture"), "picture"
                )
                self.image = PictureInput(example(PICTURE), show_label=False, height=190, interactive=False, buttons=[])
                self.begin = page.button("begin", elem_id="lesson-caption-begin", size="sm")
            with gr.Column(scale=3, min_width=300):
                self.caption = gr.HTML(elem_id="lesson-caption-text", padding=False)
                self.stage = page.labelled(
                    gr.Slider(1, len(STAGES), value=1, step=1, elem_id="lesson-caption-stage"), "stage"
                )
                self.table = gr.HTML(elem_id="lesson-caption-table", padding=False)
        self.bars = self.page.plot("lesson-caption-bars")
        with gr.Row(elem_classes="fx-buttons fx-timeline"):
            self.word = page.labelled(gr.Textbox(max_lines=1, elem_id="lesson-caption-word", min_width=220), "word")
            self.compete = page.button("compete", elem_id="lesson-caption-compete", size="sm", min_width=170)
            self.step = page.button("step", elem_id="lesson-caption-step", size="sm", min_width=170)
        self.verdict = gr.HTML(elem_id="lesson-caption-verdict", padding=False)
        self.status = gr.HTML(elem_id="lesson-caption-status", padding=False)
        self.show = page.button("show_worth", elem_id="lesson-caption-worth-show", size="sm")
        with gr.Column(visible=False, elem_id="lesson-caption-worth") as self.worth:
            self.worth_table = gr.HTML(elem_id="lesson-caption-worth-table", padding=False)
            self.worth_bars = self.page.plot("lesson-caption-worth-bars")

    def wire(self) -> None:
        language = self.page.language
        kept, stood = [self.state, self.stage, language], [self.caption, self.table, self.bars, self.status]
        gr.on([self.page.part.arrives, self.stage.change, language.change], self.shown, kept, stood, **PRIVATE)
        changed, work = [self.state, self.stage, self.verdict, *stood], {**PRIVATE, "trigger_mode": "once"}
        self.begin.click(self.begun, [self.picture, language], [*changed, self.image], **work)
        gr.on([self.compete.click, self.word.submit], self.competed, [self.word, self.state, language], changed, **work)
        self.step.click(self.stepped, [self.state, language], changed, **work)
        worth = [self.worth, self.worth_table, self.worth_bars, self.status]
        self.show.click(self.worths, language, worth, **PRIVATE)

    @guarded
    def shown(self, state: State, stage: float, language: str) -> Update:
        """One stage of the step on show."""
        labels, slow, name = self.page.texts(language).labels, _slow(state), STAGES[int(stage) - 1]
        words = slow["before"].strip()
        return {
            self.caption: render(
                "muted", text=labels["now"].format(step=slow["index"], prompt=slow["prefix"], words=words)
            ),
            self.table: stage_table(slow, name, state["own"], labels),
            self.bars: figure(slow, name, state["own"], labels),
        }

    @guarded
    def begun(self, request: gr.Request, picture: str, language: str) -> Iterator[Update]:
        """The first step on a picture, now."""

        def work(progress: Any) -> Slow:
            return slow_step(caption_setting(self.page.library, picture, progress), [Beam()], 1)

        slow = yield from self.page.live(request, self.status, JOB, work, language)
        state = {"picture": picture, "slow": slow, "own": None}
        yield {**self._at(state, 1, language), self.image: example(picture), self.verdict: ""}

    @guarded
    def competed(self, request: gr.Request, word: str, state: State, language: str) -> Iterator[Update]:
        """The visitor's own candidate, scored exactly beside the others."""
        slow = _slow(state)

        def work(progress: Any) -> Beam:
            return own_candidate(caption_setting(self.page.library, state["picture"], progress), slow, word or "")

        own = yield from self.page.live(request, self.status, JOB, work, language)
        assert own.objective is not None
        proposed = any(text == own.text for text, _, _ in slow["scored"])
        kept = any(beam.text == own.text for beam in beams_with(slow, own))
        labels, said = (
            self.page.texts(language).labels,
            ["proposed" if proposed else "new", "kept" if kept else "dropped"],
        )
        numbers = {"text": own.text.strip(), "objective": f"{own.objective:.2f}", "all": len(slow["scored"])}
        sentence = labels["competed"].format(place=place(slow, own.objective), **numbers)
        why = " ".join([sentence, *(labels[name] for name in said)])
        shown = self._at({**state, "own": asdict(own)}, len(STAGES) - 1, language)
        yield {**shown, self.verdict: render("answer", right=kept, why=why)}

    @guarded
    def stepped(self, request: gr.Request, state: State, language: str) -> Iterator[Update]:
        """The next step, from the prompts kept and the visitor's own where it was good enough."""
        before, own = _slow(state), state["own"]
        beams = beams_with(before, Beam(**{**own, "ids": tuple(own["ids"])}) if own else None)

        def work(progress: Any) -> Slow:
            return slow_step(caption_setting(self.page.library, state["picture"], progress), beams, before["index"] + 1)

        slow = yield from self.page.live(request, self.status, JOB, work, language)
        yield {**self._at({**state, "slow": slow, "own": None}, 1, language), self.verdict: ""}

    def _at(self, state: State, stage: int, language: str) -> Update:
        told = fragments.status(self.page.label("computed", language))
        return {self.state: state, self.stage: stage, self.status: told, **self.shown(state, stage, language)}

    @guarded
    def worths(self, language: str) -> Update:
        """The honest table."""
        labels, record = self.page.texts(language).labels, read_record(COMPARED)
        return {
            self.worth: gr.Column(visible=True),
            self.worth_table: worth_table(record, labels),
            self.worth_bars: worth_figure(record, labels),
        }


def _slow(state: Mapping[str, Any]) -> Slow:
    return state["slow"] or recorded("caption")


CHAPTER = Chapter("caption", 10, "optimise", build)
