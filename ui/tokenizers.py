"""The Tokenizers tab: two splits of one text, word by word, and the bucket table of the pair."""

from __future__ import annotations

import gradio as gr
import pandas as pd

from fuse_core.buckets import bucket_words
from fuse_core.corpus import english
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.words import Word, align
from ui import figures, fragments
from ui.guard import guarded
from ui.jobs import Jobs
from ui.links import Setting
from ui.pair import Pair
from ui.texts import text
from ui.wiring import PRIVATE

SAMPLE = "A cheetah naps beneath the antediluvian baobab; photographers tiptoe past."
MAX_CHARACTERS = 20_000
WORDS = 50_000


class TokenizerHandlers:
    """What the tab shows; stateless but for the shared library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(4)
    def split(self, source: str, target: str, content: str) -> tuple:
        """Both splits of a text and the words side by side."""
        note = ""
        if len(content) > MAX_CHARACTERS:
            note = fragments.status(f"The text is long: only its first {MAX_CHARACTERS:,} characters are shown.")
            content = content[:MAX_CHARACTERS]
        tokenizers = self.library.tokenizer(source), self.library.tokenizer(target)
        aligned = align(content, *tokenizers)
        differs = [_pieces(w.source) != _pieces(w.target) for w in aligned]
        views = []
        for name, tokenizer, side in zip((source, target), tokenizers, ("source", "target"), strict=True):
            words = [getattr(w, side) for w in aligned]
            names = [[tokenizer.token_name(i) for i in w.ids] for w in words]
            views.append(fragments.split_view(catalog.entry(name).title, words, differs, names))
        rows = pd.DataFrame(
            fragments.aligned_rows(aligned), columns=["word", "bucket (i, j)", f"{source} tokens", f"{target} tokens"]
        )
        return note, *views, rows

    @guarded(3)
    def buckets(self, source: str, target: str) -> tuple:
        """The bucket table of a pair over wordfreq's most frequent words."""
        table = self.library.once(
            ("buckets", source, target),
            lambda: bucket_words(self.library.tokenizer(source), self.library.tokenizer(target), english(WORDS)),
        )
        coverage = table.coverage()
        rows = [
            [name, f"{coverage[side]['by_occurrence']:.2%}", f"{coverage[side]['by_word']:.2%}"]
            for name, side in ((source, "source"), (target, "target"))
        ]
        shares = pd.DataFrame(rows, columns=["tokenizer", "of running words", "of distinct words"])
        return "", figures.bucket_heatmap(table.counts().tolist(), source, target), shares


def _pieces(word: Word) -> list[str]:
    return [token.strip() for token in word.tokens]


def build(app: gr.Blocks, library: Library, pair: Pair, jobs: Jobs) -> dict[str, Setting]:
    """Lay the view out and wire it; returns the settings that links carry."""
    handlers = TokenizerHandlers(library)
    gr.Markdown(text("tokenizers.md"), elem_classes="fx-intro")
    content = gr.Textbox(SAMPLE, label="Text", lines=2, max_lines=8, elem_id="tok-text")
    note = gr.HTML(padding=False)
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="split-target", min_height=60)
    gr.HTML(text("legend.html"), padding=False)
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            gr.Markdown(text("buckets.md"), elem_classes="fx-intro")
            heatmap = gr.Plot(show_label=False, elem_id="bucket-plot")
            coverage = gr.Dataframe(label="Words of at most 4 tokens", interactive=False, buttons=[])
        with gr.Column(scale=1, min_width=320):
            rows = gr.Dataframe(label="Word by word", interactive=False, max_height=460, elem_id="tok-rows", buttons=[])
    views = [note, left, right, rows]
    app.load(handlers.split, [*pair.inputs, content], views, **PRIVATE)
    app.load(handlers.buckets, pair.inputs, [note, heatmap, coverage], **PRIVATE)
    content.change(handlers.split, [*pair.inputs, content], views, trigger_mode="always_last", **PRIVATE)
    for dropdown in pair.inputs:
        dropdown.change(handlers.split, [*pair.inputs, content], views, **PRIVATE)
        dropdown.change(
            handlers.buckets, pair.inputs, [note, heatmap, coverage], **{**PRIVATE, "show_progress": "full"}
        )
    return {"text": content}
