"""Chapter 1: two models, one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.analysis.lessons.cut_places import agreement
from fuse_core.words.alignment import AlignedWord, align
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word
from ui.kit.guard import Update, guarded
from ui.kit.split_fragments import split_view
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.page import Page
from ui.learn.tables import table
from ui.learn.tokenizer_menus import TokenizerMenus, title

SAMPLE = "The photographer's kittens snuggle beneath an unattended tripod."
MOST = 300  # characters


def build(page: Page) -> None:
    """A sentence, cut by one tokenizer, then by the other, and where both cut."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = page.labelled(gr.Textbox(SAMPLE, lines=1, max_length=MOST, elem_id="lesson-cuts-text"), "text")
        self.menus = TokenizerMenus(page)
        page.carried |= {"text": self.text, **dict(zip(("source", "target"), self.menus.both, strict=True))}
        with gr.Row():
            self.first = page.button("first", elem_id="lesson-cuts-first", size="sm")
            self.second = page.button("second", elem_id="lesson-cuts-second", size="sm")
        self.sides = gr.State(0)  # tokenizers whose cuts are on show
        self.status = gr.HTML(elem_id="lesson-cuts-status", padding=False)
        self.splits = gr.HTML(elem_id="lesson-cuts-splits", padding=False)
        self.table = gr.HTML(elem_id="lesson-cuts-table", padding=False)

    def wire(self) -> None:
        given = [self.text, *self.menus.both, self.page.language]
        shown = [self.sides, self.status, self.splits, self.table]
        self.first.click(self.one, given, shown, **PRIVATE)
        self.second.click(self.two, given, shown, **PRIVATE)
        for component in (self.text, *self.menus.both, self.page.language):
            component.change(self.again, [*given, self.sides], shown, trigger_mode="always_last", **PRIVATE)

    @guarded
    def one(self, request: gr.Request, text: str, source: str, target: str, language: str) -> Iterator[Update]:
        """The source's cuts alone."""
        yield from self._cut(request, text, source, target, language, 1)

    @guarded
    def two(self, request: gr.Request, text: str, source: str, target: str, language: str) -> Iterator[Update]:
        """Both tokenizers' cuts, and the places they share."""
        yield from self._cut(request, text, source, target, language, 2)

    @guarded
    def again(
        self, request: gr.Request, text: str, source: str, target: str, language: str, sides: int
    ) -> Iterator[Update]:
        """Another text or tokenizer: as much as is on show already."""
        if sides:
            yield from self._cut(request, text, source, target, language, sides)

    def _cut(
        self, request: gr.Request, text: str, source: str, target: str, language: str, sides: int
    ) -> Iterator[Update]:
        keys = [source, target]
        tokenizers = yield from self.menus.load(request, self.status, keys, language)
        aligned = align(text.encode("utf-8", "replace").decode(), *tokenizers)
        words = [[word.source for word in aligned], [word.target for word in aligned]]
        differs = [sides == 2 and _places(word.source) != _places(word.target) for word in aligned]
        panes = [
            self._pane(key, tokenizer, side, differs, language)
            for key, tokenizer, side in zip(keys[:sides], tokenizers, words, strict=False)
        ]
        label = self.page.label("legend" if sides == 2 else "colours", language)
        yield {
            self.sides: sides,
            self.status: "",
            self.splits: render("splits", panes=panes) + render("muted", text=label),
            self.table: self._table(aligned, language) if sides == 2 else "",
        }

    def _pane(self, key: str, tokenizer: WordTokenizer, words: list[Word], differs: list[bool], language: str) -> str:
        tokens = sum(len(word.ids) for word in words)
        size = self.page.label("size", language).format(tokens=tokens, words=len(words))
        return split_view(title(key), tokenizer, words, differs, size)

    def _table(self, aligned: list[AlignedWord], language: str) -> str:
        """A row each for the places between words and for those inside them."""
        found = agreement(aligned)
        rows = [
            [self.page.label(name, language), kind.possible, kind.source, kind.target, kind.both]
            for name, kind in (("between", found.between), ("inside", found.inside))
        ]
        headers = [self.page.label(name, language) for name in ("place", "possible", "by_source", "by_target", "both")]
        return table(headers, rows)


def _places(word: Word) -> list[str]:
    return [token.strip() for token in word.tokens]


CHAPTER = Chapter("cuts", 1, "tokenizers", build)
