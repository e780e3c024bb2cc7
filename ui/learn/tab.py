"""The Learn tab: ten chapters, how many are answered, and the language they are in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from fuse_core.library import Library
from ui.kit.copy_link import CopyLink
from ui.kit.export import by_labels, collected
from ui.kit.guard import Update
from ui.kit.jobs import JobRunner
from ui.kit.late import LatePage, Part
from ui.kit.templates import render
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE, pressing
from ui.learn.chapter import CHAPTERS, Chapter
from ui.learn.chapter_file import offer
from ui.learn.handout import handout
from ui.learn.lesson import ENGLISH, common, languages, lesson
from ui.learn.page import Page

FIGURE_WORDS = ("table", "values", "series", "value", "hovering", "cut", "axes", "range", "below")  # as in figures.js
KEY = "fuse-explorer-lesson"  # of the browser's store
# A link's language goes before the one that the browser keeps.
LANGUAGE = """(now) => {
  const linked = new URLSearchParams(window.fxOpened).get("language");
  return [linked ? { ...now, language: linked } : now, navigator.language.slice(0, 2)];
}"""


def build(
    app: LatePage, holder: gr.Tab, library: Library, runner: JobRunner, folders: VisitFolders
) -> dict[str, gr.Tab]:
    """Lay the lesson out in its tab and wire it; returns the chapters' tabs by their names in links."""
    # A fixed key and secret: progress outlives a restart of the app. It is on the visitor's own disk, and no secret.
    kept = gr.BrowserState({"answered": [], "language": ""}, storage_key=KEY, secret=KEY)
    kept.elem_id = "lesson-kept"  # for those that look for it; it is no part of the page
    language = gr.State(ENGLISH)
    with gr.Row(elem_classes="fx-lesson-head"):
        progress = gr.HTML(_progress({}, ENGLISH), elem_id="lesson-progress", padding=False)
        menu = gr.Dropdown(
            [(name, key) for key, name in languages().items()],
            value=ENGLISH,
            label="Language",
            elem_id="lesson-language",
            scale=0,
            min_width=150,
        )
        print_it = gr.Button(common(ENGLISH)["handout"], elem_id="lesson-handout", size="sm", scale=0, min_width=150)
        file = gr.DownloadButton(elem_id="lesson-handout-file", elem_classes="fx-hidden")
    tabs, pages = {}, []
    chapters = list(CHAPTERS.values())
    with gr.Tabs(elem_id="chapters", overflow_behavior="wrap"):
        for k, chapter in enumerate(chapters):
            with gr.Tab(_name(chapter, ENGLISH), id=chapter.link, elem_id=f"view-{chapter.link}") as tab:
                tabs[chapter.link] = tab
                with Part(app, tab) as part:
                    pages.append(Page(chapter, library, runner, part, language))
                    _chapter(pages[-1], kept, folders, chapters[k - 1 : k], chapters[k + 1 : k + 2])
    _wire(app, kept, language, menu, print_it, progress, pages)
    names = {key: {chapter.link: _name(chapter, key) for chapter in chapters} for key in languages()}
    words = {key: {name: common(key)[f"figure_{name}"] for name in FIGURE_WORDS} for key in languages()}
    spoken = f"window.fxLessonWords = {json.dumps(words)}[chosen];"
    script = f"(chosen) => {{ {spoken} fxTabNames({json.dumps(names)}[chosen]); }}"
    gr.on([menu.change, holder.select], None, menu, None, js=script)

    def handed_out(request: gr.Request, wanted: str) -> str:
        path = folders.folder(request, "lesson") / f"fuse-lesson-{wanted}.html"
        path.write_text(handout(wanted), "utf-8")
        return str(path)

    printed = print_it.click(handed_out, language, file, **PRIVATE)
    printed.success(None, file, None, js=pressing("lesson-handout-file"))
    return tabs


def _chapter(
    page: Page, kept: gr.BrowserState, folders: VisitFolders, before: list[Chapter], after: list[Chapter]
) -> None:
    """One chapter: idea, widget, question, what follows from it, links, and a word to the lecturer."""
    _copy_link(page)
    page.markdown(lambda texts, _: f"## {texts.title}\n\n{texts.idea}", elem_classes="fx-lesson")
    above = len(page.part.column.children)
    with collected() as exports:
        page.chapter.build(page)
        exports.wire(*by_labels(page.controls))
    widget = page.part.column.children[above:]
    uncovered, _ = page.question(kept)
    name = f"links-{page.chapter.name}"
    page.html(lambda texts, shared: _links(page, texts.open, shared, before, after), elem_id=name)
    offer(page, widget, folders)
    if parts := {name: part for name, part in page.carried.items() if not isinstance(part, str)}:
        arguments = f"{json.dumps(page.chapter.link)}, {json.dumps([*parts])}, values"
        parts = [*parts.values()]
        gr.on([part.change for part in parts], None, parts, None, js=f"(...values) => fxCarry({arguments})")
    with page.accordion(lambda shared: shared["lecturer"]):
        page.markdown(
            lambda texts, shared: (
                f"{texts.lecturer.minutes} {shared['minutes']}\n\n**{shared['say']}** "
                f"{texts.lecturer.say}\n\n**{shared['wrong']}** {texts.lecturer.wrong}"
            )
        )
    _wire_arrival(page, uncovered, kept)


def _copy_link(page: Page) -> None:
    """The button that copies a link to the chapter, in its language."""
    link = CopyLink(page.chapter.link)
    page.says(link.button, lambda _, shared: shared["copy_link"])

    def made(language: str) -> tuple[str, list[str]]:
        return f"?{urlencode({'view': page.chapter.link, 'language': language})}", []

    def said(language: str) -> tuple[str, str]:
        return common(language)["copied"], common(language)["press_to_copy"]

    link.wire_to([page.language], made, said)


def _links(page: Page, words: str, shared: dict[str, str], before: list[Chapter], after: list[Chapter]) -> str:
    neighbours = [(shared["back"], c.link) for c in before] + [(shared["next"], c.link) for c in after]
    query = urlencode(
        {"view": page.chapter.view, **{name: getattr(part, "value", part) for name, part in page.carried.items()}}
    )
    return render("lesson_links", chapter=page.chapter.link, query=query, words=words, neighbours=neighbours)


def _name(chapter: Chapter, language: str) -> str:
    """Of its tab."""
    return f"{chapter.order} {lesson(chapter.name, language).short}"


def _progress(kept: dict[str, Any] | None, language: str) -> str:
    answered = set((kept or {}).get("answered", ()))
    chapters = [(chapter.link, chapter.name in answered) for chapter in CHAPTERS.values()]
    done = sum(right for _, right in chapters)
    shared = common(language)
    said = shared["progress"].format(done=done, all=len(chapters))
    return render("lesson_progress", said=said, chapters=chapters, intro=shared["intro"])


def _wire(
    app: gr.Blocks,
    kept: gr.BrowserState,
    language: gr.State,
    menu: gr.Dropdown,
    print_it: gr.Button,
    progress: gr.HTML,
    pages: list[Page],
) -> None:
    """The language, by the browser's until a visitor chooses one, and how many questions are answered."""
    said = [component for page in pages for component in page.said]

    def head(chosen: str, known: dict[str, Any] | None) -> Update:
        shared = common(chosen)
        shown = {menu: gr.update(value=chosen, label=shared["menu"]), print_it: shared["handout"]}
        return {**shown, language: chosen, progress: _progress(known, chosen)}

    def opened(known: dict[str, Any] | None, browser: str) -> Update:
        wanted = (known or {}).get("language") or browser
        chosen = wanted if wanted in languages() else ENGLISH
        found = head(chosen, known)
        return found if chosen != ENGLISH else {progress: found[progress]}

    def chosen(wanted: str, known: dict[str, Any] | None) -> Update:
        spoken = {component: value for page in pages for component, value in page.spoken(wanted).items()}
        return {**spoken, **head(wanted, known), kept: {**(known or {}), "language": wanted}}

    browser = gr.Textbox(visible=False)
    app.load(opened, [kept, browser], [menu, print_it, language, progress], js=LANGUAGE, **PRIVATE)
    menu.input(chosen, [menu, kept], [kept, menu, print_it, language, progress, *said], **PRIVATE)
    kept.change(_progress, [kept, language], progress, **PRIVATE)


def _wire_arrival(page: Page, after: gr.Column, kept: gr.BrowserState) -> None:
    """What a visitor chose and answered before, when the chapter comes on show."""
    relay = page.part.relay

    def arrived(chosen: str, known: dict[str, Any] | None, told: int) -> Update:
        spoken = {} if chosen == ENGLISH else {**page.spoken(chosen), relay: told + 1}
        return {**spoken, after: gr.Column(visible=page.chapter.name in (known or {}).get("answered", ()))}

    page.part.arrives(arrived, [page.language, kept, relay], [after, relay, *page.said], **PRIVATE)
