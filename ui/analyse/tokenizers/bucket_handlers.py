"""What the controls of the bucket table do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.words.comparison import same_tokenizer
from fuse_core.words.corpus import Corpus, read_text_corpus
from fuse_core.words.scripts import unspaced
from ui.analyse.tokenizers import bucket_figures, bucket_tables
from ui.analyse.tokenizers.bucket_counts import Counted, count
from ui.analyse.tokenizers.own_handlers import chosen
from ui.analyse.tokenizers.shelf import Shelf
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line
from ui.kit.split_fragments import short
from ui.kit.templates import render

JOB = "bucket table"
SAMPLE = 2_000  # words whose letters tell a text's script
LONGEST = 8  # tokens a word may have at most, as far as this view goes


@dataclass(frozen=True)
class Components:
    """What the handlers fill and read: ``own`` is the visitor's text, or None, ``counted`` what was counted last."""

    status: gr.HTML
    facts: gr.HTML
    heatmap: gr.Plot
    clicked: gr.Textbox
    choice: gr.Dropdown
    note: gr.Markdown
    table: gr.Dataframe
    curve: gr.Plot
    shares: gr.Dataframe
    words: gr.Slider
    drop: gr.Button
    own: gr.State
    counted: gr.State


class BucketHandlers:
    """Stateless but for the shared library and the running jobs; a visitor's text and counts come in and go out."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def show(
        self, request: gr.Request, source, target, words, limit, own, before, choice, *sides: Any
    ) -> Iterator[Update]:
        """Everything about one pair and corpus: facts, heatmap, the chosen bucket's words, coverage.

        ``sides`` are the menus of rows and columns and the visitor's own tokenizers; the source and the target of the
        whole tab where they are not given.
        """

        def work(report_progress: Progress) -> Counted:
            return self._count((source, target), sides, own, words, limit, before, report_progress)

        counted = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield self._shown(counted, choice)

    @guarded
    def upload(
        self, request: gr.Request, file, source, target, words, limit, before, choice, *sides: Any
    ) -> Iterator[Update]:
        """Take a visitor's text in place of English; a bad one changes nothing."""

        def work(report_progress: Progress) -> Counted:
            report_progress(0.0, f"Reading {Path(file).name}")
            own, part = read_text_corpus(Path(file)), part_of(report_progress, 0.1, 1.0)
            return self._count((source, target), sides, own, words, limit, before, part)

        counted = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield self._shown(counted, choice) | self._corpus(counted.own)

    @guarded
    def english(
        self, request: gr.Request, source, target, words, limit, before, choice, *sides: Any
    ) -> Iterator[Update]:
        """Back to English."""

        def work(report_progress: Progress) -> Counted:
            return self._count((source, target), sides, None, words, limit, before, report_progress)

        counted = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield self._shown(counted, choice) | self._corpus(None)

    def _count(self, pair: tuple[str, str], sides: tuple, own, words, limit, before, progress: Progress) -> Counted:
        rows, columns, tokenizers = sides or (*pair, ())
        names = chosen(rows, pair), chosen(columns, pair)
        return count(Shelf(self.library, tokenizers), names, own, int(words), int(limit), before, progress)

    @guarded
    def choose(self, counted: Counted | None, choice: str | None) -> Update:
        """The words of a bucket."""
        return self._words(counted, choice) if counted is not None and choice is not None else {}

    @guarded
    def click(self, point: str, counted: Counted | None) -> Update:
        """The words of a cell: "x,y,..." says its column j and row i."""
        j, i, *_ = [*point.split(","), "", ""]
        if counted is None or not (i.isdigit() and j.isdigit()):
            return {}
        parts = self.components
        if not counted.table.members(int(i), int(j)).words:
            return {parts.choice: None, parts.note: f"No word falls into bucket ({i}, {j}).", parts.table: None}
        return {parts.choice: f"{i},{j}", **self._words(counted, f"{i},{j}")}

    def _shown(self, counted: Counted, choice: str | None) -> Update:
        table, parts = counted.table, self.components
        coverage = [table.coverage(k) for k in range(1, LONGEST + 1)]
        choices = bucket_tables.choices(table)
        known = [value for _, value in choices]
        choice = choice if choice in known else known[0]
        return {
            parts.status: "",
            parts.facts: render("muted", text=self._facts(counted)),
            parts.counted: counted,
            parts.heatmap: bucket_figures.heatmap(table.counts().tolist(), *counted.pair),
            parts.choice: gr.Dropdown(choices, value=choice),
            **self._words(counted, choice),
            parts.curve: bucket_figures.coverage_curve(coverage, *counted.pair),
            parts.shares: bucket_tables.coverage_rows(coverage, *counted.pair),
        }

    def _words(self, counted: Counted, choice: str) -> Update:
        found = bucket_tables.chosen_words(counted.table, choice)
        own = counted.own is not None
        return {
            self.components.note: bucket_tables.describe(found, choice, counted.table, *counted.pair),
            self.components.table: bucket_tables.word_rows(found, counted.tokenizers, counted.pair, own),
        }

    def _corpus(self, own: Corpus | None) -> Update:
        """The visitor's text, the slider of English, and the button that drops a text."""
        parts = self.components
        drop = gr.Button(f"× {short(own.name)}: back to English", visible=True) if own else gr.Button(visible=False)
        return {parts.own: own, parts.words: gr.Slider(visible=own is None), parts.drop: drop}

    def _facts(self, counted: Counted) -> str:
        table = counted.table
        total, left = len(table.words), len(table.outside().words)
        if counted.own is None:
            corpus = f"English's {total:,} most frequent words"
        else:
            words = f"{total:,} distinct words" if total > 1 else "1 distinct word"
            corpus = f"'{counted.own.name}': {words}, {int(table.weights.sum()):,} in all"
        facts = f"{corpus}; {total - left:,} in the buckets, {left:,} outside."
        if counted.own is not None and unspaced("".join(counted.own.words[:SAMPLE])) >= 0.5:
            facts += " Its script puts no white space between words: most of these are clauses, longer than L tokens."
        if same_tokenizer(*counted.tokenizers):
            facts += " Both sides use the same tokenizer, so every word lies on the diagonal."
        return facts
