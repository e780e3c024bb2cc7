"""Two tokenizers to choose, source and target, for the chapters that look at texts and need no model."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import gradio as gr

from fuse_core.common.progress import Progress
from fuse_core.models import catalog
from fuse_core.words.tokenizer import WordTokenizer
from ui.kit.guard import Update
from ui.learn.page import Page

JOB = "lesson tokenizers"
SOURCE, TARGET = "gpt2-tokenizer", "minilm"  # there in a moment; SmolLM2's comes with its model, in seconds


class TokenizerMenus:
    """The two menus, labelled ``source`` and ``target`` in the chapter's texts, and what loads what they name.

    Attributes
    ----------
    both : list of Dropdown
        What a handler takes: source key, target key.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        known = [(e.title, e.key) for e in catalog.entries() if e.tokenizer is not None and e.present]
        name = page.chapter.name
        with gr.Row():
            self.both = [
                page.labelled(gr.Dropdown(known, value=key, elem_id=f"lesson-{name}-{side}", min_width=220), side)
                for side, key in zip(("source", "target"), usual([key for _, key in known]), strict=True)
            ]
        self._loaded: set[str] = set()

    def load(
        self, request: gr.Request, line: gr.HTML, keys: Sequence[str], language: str
    ) -> Generator[Update, None, list[WordTokenizer]]:
        """The tokenizers of these keys, for ``yield from``; of those in memory there is nothing to tell."""

        def work(progress: Progress) -> list[WordTokenizer]:
            for k, key in enumerate(keys):
                if key not in self._loaded:
                    progress(k / len(keys), self.page.label("loading", language).format(title=title(key)))
                self.page.library.tokenizer(key)
            self._loaded.update(keys)
            return [self.page.library.tokenizer(key) for key in keys]

        return (yield from self.page.live(request, line, JOB, work, language))


def usual(keys: Sequence[str]) -> tuple[str | None, str | None]:
    """What the menus open with: ``SOURCE`` and ``TARGET`` where they are there, else others."""
    source = SOURCE if SOURCE in keys else next((key for key in keys if key != TARGET), None)
    target = TARGET if TARGET in keys else next((key for key in keys if key != source), None)
    return source, target


def titled(known: Mapping[str, Any]) -> dict[str, Any]:
    """What was recorded of a pair of models, which have their names for people in it."""
    return {**known, **{side: short_title(known[side]) for side in ("source", "target")}}


def short_title(key: str) -> str:
    """Of its text model alone."""
    return title(key).split(" with ")[0]


def title(key: str) -> str:
    """A tokenizer's name for people."""
    return catalog.entry(key).title
