"""Text in, both splits side by side, and the same word by word as a table."""

from __future__ import annotations

import gradio as gr
import pandas as pd

from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.words.alignment import align
from fuse_core.words.tokenizer import WordTokenizer
from ui.analyse import split_fragments
from ui.analyse.pair import Pair
from ui.kit import export
from ui.kit.fragments import status
from ui.kit.guard import guarded
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE

SAMPLE = "A cheetah naps beneath the antediluvian baobab; photographers tiptoe past."
MAX_CHARACTERS = 20_000


class SplitHandlers:
    """What the view shows; stateless but for the shared library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(4)
    def split(self, source: str, target: str, content: str) -> tuple:
        """A note, both splits of a text, and the words side by side."""
        notes = []
        # Half a surrogate pair, which a browser can send, is no text to a tokenizer.
        content = content.encode("utf-8", "replace").decode()
        if len(content) > MAX_CHARACTERS:
            notes.append(f"The text is long: only its first {MAX_CHARACTERS:,} characters are shown.")
            content = content[:MAX_CHARACTERS]
        tokenizers = self.library.tokenizer(source), self.library.tokenizer(target)
        if same_tokenizer(*tokenizers):
            notes.append("Both sides use the same tokenizer, so they cut every word alike.")
        aligned = align(content, *tokenizers)
        titles = catalog.entry(source).title, catalog.entry(target).title
        views = split_fragments.both_splits(aligned, *zip(titles, tokenizers, strict=True))
        columns = ["word", "bucket (i, j)", f"source: {source}", f"target: {target}"]
        rows = pd.DataFrame(split_fragments.aligned_rows(aligned), columns=columns)
        return status(" ".join(notes)) if notes else "", *views, rows


def same_tokenizer(source: WordTokenizer, target: WordTokenizer) -> bool:
    """Whether the two cut all text alike."""
    return source is target or source.fingerprint == target.fingerprint


def build(opened: gr.State, library: Library, pair: Pair) -> gr.Textbox:
    """Lay the view out and wire it; returns the text box, which links carry."""
    content = gr.Textbox(SAMPLE, label="Text", lines=2, max_lines=8, elem_id="tok-text")
    note = gr.HTML(padding=False, elem_id="tok-note")
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="split-target", min_height=60)
    gr.HTML(text("legend.html"), padding=False)
    rows = gr.Dataframe(
        label="Word by word", interactive=False, max_height=300, elem_id="tok-rows", buttons=[], wrap=True
    )
    export.buttons("words", table=rows)
    # One handler for opening and changing: two could finish in the wrong order.
    gr.on(
        [opened.change, content.change, pair.source.change, pair.target.change],
        SplitHandlers(library).split,
        [*pair.inputs, content],
        [note, left, right, rows],
        trigger_mode="always_last",
        **PRIVATE,
    )
    return content
