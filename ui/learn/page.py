"""A chapter on the page: its texts in the language chosen, its question, and what the answer uncovers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.library import Library
from ui.kit.export import buttons
from ui.kit.guard import CANCELLED, Update
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.plots import plot
from ui.kit.progress_line import progress_line
from ui.kit.templates import render
from ui.kit.wiring import LATEX, PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.lesson import ENGLISH, Lesson, common, lesson
from ui.learn.sentences import translated

T = TypeVar("T")
CONTROLS = (gr.Textbox, gr.Number, gr.Slider, gr.Dropdown, gr.Radio, gr.Checkbox)
Say = Callable[[Lesson, dict[str, str]], Any]  # from a chapter's texts, and those of all, to what a component shows


class Page:
    """One chapter while the page is laid out.

    Attributes
    ----------
    chapter : Chapter
    library : Library
    runner : JobRunner
    part : Part
        Its own.
    language : State
        Of the visit, for handlers whose answers are in words.
    carried : dict
        What the link to the full view takes along: name of a setting in the address -> component, or value.
        A chapter fills it.
    """

    def __init__(self, chapter: Chapter, library: Library, runner: JobRunner, part: Part, language: gr.State) -> None:
        self.chapter, self.library, self.runner, self.part, self.language = chapter, library, runner, part, language
        self.carried: dict[str, Any] = {}
        self._said: dict[Component | BlockContext, Say] = {}

    def texts(self, language: str) -> Lesson:
        """The chapter's texts."""
        return lesson(self.chapter.name, language)

    def label(self, name: str, language: str = ENGLISH) -> str:
        """One of the chapter's own labels."""
        return self.texts(language).labels[name]

    def labelled(self, component: Any, name: str) -> Any:
        """A component whose label is the chapter's own of that name, in whichever language; returned as it is."""
        component.label = self.label(name)
        self._said[component] = lambda texts, _: gr.update(label=texts.labels[name])
        return component

    def plot(self, elem_id: str, **about: Any) -> gr.Plot:
        """A place for a figure, which has the chapter's name, with buttons that save it once it is drawn."""
        with gr.Column(elem_classes="fx-lesson-figure", min_width=0):
            figure = plot(self.texts(ENGLISH).title, elem_id, **about)
            buttons(elem_id, plot=figure)
        return self.says(figure, lambda texts, _: gr.update(label=texts.title))

    @property
    def controls(self) -> dict[str, Component]:
        """What can be set in the chapter so far, by its element's id."""
        return {str(part.elem_id): part for part in self._said if isinstance(part, CONTROLS)}

    def button(self, name: str, **about: Any) -> gr.Button:
        """A button with one of the chapter's own labels."""
        return self.says(gr.Button(self.label(name), **about), lambda texts, _: texts.labels[name])

    def radio(self, name: str, options: Sequence[str], **about: Any) -> gr.Radio:
        """A choice whose label and options are the chapter's own labels, of which none is chosen yet."""

        def choices(texts: Lesson) -> list[tuple[str, str]]:
            return [(texts.labels[option], option) for option in options]

        radio = gr.Radio(choices(self.texts(ENGLISH)), label=self.label(name), **about)
        return self.says(radio, lambda texts, _: gr.update(label=texts.labels[name], choices=choices(texts)))

    def markdown(self, say: Say, **about: Any) -> gr.Markdown:
        """Prose that is said in the language chosen; formulas render."""
        shown = gr.Markdown(say(self.texts(ENGLISH), common(ENGLISH)), latex_delimiters=LATEX, **about)
        return self.says(shown, say)

    def recorded(self) -> gr.Markdown:
        """The day on which what the chapter starts from was measured, to stand beside it."""
        day = recorded(self.chapter.name)["created"]
        return self.markdown(lambda _, shared: shared["recorded"].format(day=day), elem_classes="fx-small")

    def html(self, say: Say, **about: Any) -> gr.HTML:
        """The same as HTML."""
        return self.says(gr.HTML(say(self.texts(ENGLISH), common(ENGLISH)), padding=False, **about), say)

    def live(
        self, request: gr.Request, line: gr.HTML, job: str, work: Callable[[Progress], T], language: str
    ) -> Generator[Update, None, T]:
        """What ``work`` returns, for ``yield from``: what it reports goes into the line, in the language chosen.

        Raises
        ------
        UserError
            Of ``work``, in that language, too.
        """
        try:
            running = self.runner.run(request, job, work)
            return (yield from progress_line(line, running, say=lambda what: translated(what, language)))
        except UserError as error:
            raise UserError(translated(str(error), language)) from error
        except Cancelled as error:
            raise Cancelled(translated(str(error) or CANCELLED, language)) from error

    def accordion(self, say: Callable[[dict[str, str]], str]) -> gr.Accordion:
        """A closed accordion."""
        made = gr.Accordion(say(common(ENGLISH)), open=False)
        self._said[made] = lambda _, shared: gr.update(label=say(shared))  # open or closed as it is
        return made

    def label_of(self, component: Component, language: str) -> str:
        """The label that a component has in a language."""
        if component not in self._said:
            return str(component.label or "")
        return self._said[component](self.texts(language), common(language))["label"]

    def says(self, component: Any, say: Say) -> Any:
        """A component of another's making that says something in the language chosen; returned as it is."""
        self._said[component] = say
        return component

    @property
    def said(self) -> list[Component | BlockContext]:
        """Every component that says something in a language."""
        return list(self._said)

    def spoken(self, language: str) -> Update:
        """Updates of those components."""
        texts, shared = self.texts(language), common(language)
        return {component: say(texts, shared) for component, say in self._said.items()}

    def question(self, answered: gr.BrowserState) -> tuple[gr.Column, gr.Radio]:
        """The question with its answers; a wrong one gets its reason, the right one uncovers what comes after it.

        ``answered`` keeps the names of the chapters whose question was answered rightly.
        """
        self.markdown(lambda texts, shared: f"**{shared['question']}** {texts.question.ask}", elem_classes="fx-ask")
        radio = gr.Radio(_choices(self.texts(ENGLISH)), show_label=False, elem_id=f"answers-{self.chapter.name}")
        self.says(radio, lambda texts, _: gr.update(choices=_choices(texts), label=texts.question.ask))
        why = gr.HTML(elem_id=f"why-{self.chapter.name}", padding=False)
        with gr.Column(visible=False, elem_id=f"after-{self.chapter.name}") as after:
            self.markdown(lambda texts, _: texts.after)

        def judge(chosen: int | None, language: str, known: dict[str, Any] | None) -> Update:
            if chosen is None:
                return {}
            answer = self.texts(language).question.answers[chosen]
            update: Update = {why: render("answer", right=answer.right, why=answer.why)}
            if answer.right:
                names = [*dict.fromkeys([*(known or {}).get("answered", ()), self.chapter.name])]
                update |= {after: gr.Column(visible=True), answered: {**(known or {}), "answered": names}}
            return update

        radio.input(judge, [radio, self.language, answered], [why, after, answered], **PRIVATE)
        return after, radio


def _choices(texts: Lesson) -> list[tuple[str, int]]:
    return [(answer.say, k) for k, answer in enumerate(texts.question.answers)]
