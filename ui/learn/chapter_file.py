"""A chapter to take along: one HTML file with its texts, and its figures and tables as they stand on show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import plotly.io
from gradio.blocks import Block, BlockContext

from fuse_core.common.pictures import open_picture, to_data_url
from ui.kit.standalone import Part, prose, standalone
from ui.kit.templates import render
from ui.kit.texts import ASSETS
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import PRIVATE, pressing
from ui.learn.lesson import common
from ui.learn.page import Page

SHOWN = (gr.Markdown, gr.HTML, gr.Plot, gr.Dataframe, gr.Image)
SIDE = 320  # pixels of a picture's longer side


def offer(page: Page, widget: Sequence[Block], folders: VisitFolders) -> None:
    """Lay the button out, and wire it to what the chapter's widget shows."""
    name, shown = page.chapter.name, [*_inside(widget)]
    make = gr.Button(common("en")["one_file"], elem_id=f"chapter-{name}", size="sm", scale=0, min_width=230)
    page.says(make, lambda _, shared: shared["one_file"])
    file = gr.DownloadButton(elem_id=f"chapter-{name}-file", elem_classes="fx-hidden")
    for k, block in enumerate(shown):  # the browser knows an element by its id alone
        block.elem_id = block.elem_id or f"lesson-{name}-part-{k}"
    ids = [block.elem_id for block in shown]
    seen = gr.Textbox(visible=False, elem_id=f"chapter-{name}-seen")  # ids of what the browser shows, one a line

    def made(request: gr.Request, language: str, seen: str, *values: Any) -> str:
        on_show = set(seen.splitlines())
        kept = [(block, v) for block, part, v in zip(shown, ids, values, strict=True) if part in on_show]
        path = folders.folder(request, "lesson") / f"fuse-{page.chapter.order:02}-{name}-{language}.html"
        path.write_text(chapter_file(page, kept, language), "utf-8")
        return str(path)

    script = f"(language, _, ...values) => [language, fxSeen({json.dumps(ids)}), ...values]"
    done = make.click(made, [page.language, seen, *shown], file, js=script, **PRIVATE)
    done.success(None, file, None, js=pressing(file.elem_id or ""))


def chapter_file(page: Page, shown: Sequence[tuple[Block, Any]], language: str) -> str:
    """The file; each component of the widget that is on show with its value as handlers get it."""
    texts, shared = page.texts(language), common(language)
    title = f"{page.chapter.order}. {texts.title}"
    question = render(
        "chapter_question",
        ask=prose(f"**{shared['question']}** {texts.question.ask}"),
        answers=[(prose(answer.say), prose(answer.why), answer.right) for answer in texts.question.answers],
        reveal=shared["reveal"],
        after=prose(texts.after),
    )
    parts: list[Part] = [f"<h1>{title}</h1>", prose(texts.idea)]
    for block, value in shown:
        parts += _parts(page, block, value, language)
    style = (ASSETS / "style.css").read_text("utf-8")
    return standalone(title, [*parts, question], language, style)


def _parts(page: Page, block: Any, value: Any, language: str) -> Iterator[Part]:
    if value is None:
        return
    if isinstance(block, gr.Image):
        yield f'<p><img alt="" src="{to_data_url(open_picture(Path(value)), SIDE, "JPEG")}"></p>'
    elif isinstance(block, gr.Plot):
        yield plotly.io.from_json(value.plot)
    elif isinstance(block, gr.Markdown):
        yield prose(value)
    elif isinstance(block, gr.Dataframe):
        if block.show_label:
            yield f"<p>{page.label_of(block, language)}</p>"
        yield value
    else:
        yield value


def _inside(blocks: Sequence[Block]) -> Iterator[Any]:
    for block in blocks:
        if isinstance(block, SHOWN):
            yield block
        elif isinstance(block, BlockContext):
            yield from _inside(block.children)
