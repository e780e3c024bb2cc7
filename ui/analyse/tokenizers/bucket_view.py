"""The bucket table of a pair over English or a visitor's text: heatmap, a bucket's words, coverage."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from fuse_core.library import Library
from fuse_core.words.corpus import Corpus, read_text_corpus
from ui.analyse.pair import Pair
from ui.analyse.split_fragments import short
from ui.analyse.tokenizers import bucket_figures, bucket_tables
from ui.analyse.tokenizers.bucket_counts import FEWEST, MOST, USUAL, Counted, count
from ui.analyse.tokenizers.split_view import same_tokenizer
from ui.kit import export
from ui.kit.guard import guarded
from ui.kit.links import Setting
from ui.kit.texts import text
from ui.kit.uploads import FileButton
from ui.kit.wiring import PRIVATE

LONGEST = 8  # tokens a word may have at most, as far as this view goes
VIEWS = 9  # outputs that show a count
WORDS = 3  # outputs that show a bucket's words


class BucketHandlers:
    """What the view shows; a visitor's text and counts come in and go out as arguments."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @guarded(VIEWS)
    def show(self, source, target, words, limit, own, before, choice) -> tuple:
        """Everything about one pair and corpus: facts, heatmap, the chosen bucket's words, coverage."""
        return self._shown((source, target), words, limit, own, before, choice)

    @guarded(VIEWS + 3)
    def upload(self, file, source, target, words, limit, before, choice) -> tuple:
        """Take a visitor's text in place of English; a bad one changes nothing."""
        own = read_text_corpus(Path(file))
        shown = self._shown((source, target), words, limit, own, before, choice)
        return *shown, own, *_corpus_controls(own)

    @guarded(VIEWS + 3)
    def english(self, source, target, words, limit, before, choice) -> tuple:
        """Back to English."""
        return *self._shown((source, target), words, limit, None, before, choice), None, *_corpus_controls(None)

    @guarded(WORDS, status_at=1)
    def choose(self, counted: Counted | None, choice: str | None) -> tuple:
        """The words of a bucket."""
        return gr.skip(), *self._words(counted, choice)

    @guarded(WORDS, status_at=1)
    def click(self, point: str, counted: Counted | None) -> tuple:
        """The words of a cell: "x,y,..." says its column j and row i."""
        j, i, *_ = [*point.split(","), "", ""]
        if counted is None or not (i.isdigit() and j.isdigit()):
            return gr.skip(), gr.skip(), gr.skip()
        if not counted.table.members(int(i), int(j)).words:
            return None, f"No word falls into bucket ({i}, {j}).", None
        return f"{i},{j}", *self._words(counted, f"{i},{j}")

    def _shown(self, pair: tuple[str, str], words, limit, own: Corpus | None, before, choice) -> tuple:
        counted = count(self.library, pair, own, int(words), int(limit), before)
        table = counted.table
        coverage = [table.coverage(k) for k in range(1, LONGEST + 1)]
        choices = bucket_tables.choices(table)
        known = [value for _, value in choices]
        choice = choice if choice in known else known[0]
        return (
            "",
            f'<div class="fx-muted">{escape(self._facts(counted))}</div>',
            counted,
            bucket_figures.heatmap(table.counts().tolist(), *pair),
            gr.Dropdown(choices, value=choice),
            *self._words(counted, choice),
            bucket_figures.coverage_curve(coverage, *pair),
            bucket_tables.coverage_rows(coverage, *pair),
        )

    def _words(self, counted: Counted | None, choice: str | None) -> tuple[Any, Any]:
        if counted is None or choice is None:
            return gr.skip(), gr.skip()
        found = bucket_tables.chosen_words(counted.table, choice)
        tokenizers = self.library.tokenizer(counted.pair[0]), self.library.tokenizer(counted.pair[1])
        sentence = bucket_tables.describe(found, choice, counted.table, *counted.pair)
        return sentence, bucket_tables.word_rows(found, tokenizers, counted.pair, counted.own is not None)

    def _facts(self, counted: Counted) -> str:
        table = counted.table
        total, left = len(table.words), len(table.outside().words)
        if counted.own is None:
            corpus = f"English's {total:,} most frequent words"
        else:
            words = f"{total:,} distinct words" if total > 1 else "1 distinct word"
            corpus = f"'{counted.own.name}': {words}, {int(table.weights.sum()):,} in all"
        facts = f"{corpus}; {total - left:,} in the buckets, {left:,} outside."
        if same_tokenizer(*(self.library.tokenizer(key) for key in counted.pair)):
            facts += " Both sides use the same tokenizer, so every word lies on the diagonal."
        return facts


def _corpus_controls(own: Corpus | None) -> tuple[Any, Any]:
    """The slider of English, and the button that drops a text."""
    drop = gr.Button(f"× {short(own.name)}: back to English", visible=True) if own else gr.Button(visible=False)
    return gr.Slider(visible=own is None), drop


def build(opened: gr.State, library: Library, pair: Pair) -> dict[str, Setting]:
    """Lay the view out and wire it; returns the settings that links carry."""
    handlers = BucketHandlers(library)
    own, counted = gr.State(None), gr.State(None)
    gr.Markdown(text("buckets.md"), elem_classes="fx-intro")
    with gr.Row(equal_height=False):
        words = gr.Slider(
            FEWEST, MOST, value=USUAL, step=1_000, label="Most frequent English words", elem_id="bucket-size"
        )
        limit = gr.Slider(1, LONGEST, value=4, step=1, label="Longest word L (tokens)", elem_id="bucket-limit")
        with gr.Column(min_width=240):
            file = FileButton(
                "Use a text of yours (.txt, 10 MB at most)", file_types=[".txt"], size="md", elem_id="corpus-file"
            )
            drop = gr.Button("×", visible=False, size="md", elem_id="corpus-drop")
    problem = gr.HTML(padding=False, elem_id="bucket-problem")
    facts = gr.HTML(padding=False, elem_id="bucket-facts")
    with gr.Row():
        with gr.Column(min_width=320):
            heatmap = gr.Plot(show_label=False, elem_id="bucket-plot", elem_classes="fx-clickable")
            clicked = gr.Textbox(elem_id="bucket-plot-click", elem_classes="fx-hidden", container=False)
            export.buttons("buckets", plot=heatmap)
        with gr.Column(min_width=320):
            choice = gr.Dropdown([], label="Bucket (i, j), or a cell clicked", elem_id="bucket-choice")
            note = gr.Markdown(elem_id="bucket-note")
            table = gr.Dataframe(
                interactive=False,
                max_height=300,
                elem_id="bucket-words",
                elem_classes="fx-sortable",
                buttons=[],
                show_search="search",
                datatype=["str", "number", "str", "str"],
                column_widths=["145px", "150px", "170px", "170px"],
                wrap=True,
            )
            export.buttons("bucket-words", table=table)
    gr.Markdown(text("coverage.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            curve = gr.Plot(show_label=False, elem_id="coverage-plot")
            export.buttons("coverage", plot=curve)
        with gr.Column(min_width=320):
            shares = gr.Dataframe(
                interactive=False,
                max_height=360,
                elem_id="coverage",
                buttons=[],
                column_widths=["12%", "34%", "27%", "27%"],
                wrap=True,
            )
            export.buttons("coverage", table=shares)

    views = [problem, facts, counted, heatmap, choice, note, table, curve, shares]
    corpus = [own, words, drop]
    settings = [*pair.inputs, words, limit]
    # A large text takes a minute: that something is happening shows on the heatmap.
    busy = {**PRIVATE, "show_progress": "full", "show_progress_on": heatmap}
    # One handler for opening and changing: two could finish in the wrong order.
    gr.on(
        [opened.change, pair.source.change, pair.target.change, words.change, limit.change],
        handlers.show,
        [*settings, own, counted, choice],
        views,
        trigger_mode="always_last",
        **busy,
    )
    file.upload(handlers.upload, [file, *settings, counted, choice], [*views, *corpus], **busy)
    drop.click(handlers.english, [*settings, counted, choice], [*views, *corpus], **busy)
    choice.input(handlers.choose, [counted, choice], [choice, note, table], **PRIVATE)
    clicked.input(handlers.click, [clicked, counted], [choice, note, table], **PRIVATE)
    return {"words": words, "tokens": limit}
