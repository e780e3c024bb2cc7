"""The Adapter view: both maps of a pair, what they cost, how well they carry words, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from fuse_core.library import Library
from ui.analyse.adapter.figures import NAMES
from ui.analyse.adapter.handlers import EVERY, AdapterHandlers
from ui.analyse.pair import Pair
from ui.kit import export
from ui.kit.jobs import JobRunner, Jobs
from ui.kit.links import Setting
from ui.kit.texts import text
from ui.kit.wiring import LATEX, PRIVATE

T = TypeVar("T")


def build(tab: gr.Tab, library: Library, pair: Pair, runner: JobRunner, jobs: Jobs) -> dict[str, Setting]:
    """Lay the view out and wire it; returns the settings that links carry."""
    handlers = AdapterHandlers(library, jobs)
    shown = gr.State(None)
    _prose("adapter.md")
    with gr.Row(elem_classes="fx-buttons"):
        fit = gr.Button("Fit", variant="primary", elem_id="ad-fit", scale=0, min_width=120)
        cancel = gr.Button("Cancel", elem_id="ad-cancel", scale=0, min_width=120)
    line = gr.HTML(elem_id="ad-status", padding=False)
    with gr.Column(visible=False, elem_id="ad-results") as results:
        overview = _overview()
        bucketing = _map()
        word, word_views = _word()
        chosen, bucket_views, scope, word_tables = _bucket()
        size_views = _size()
        measure, leave, retrieval_views = _retrieval()
    look = [line, shown, results, *overview, *size_views]
    _wire_pair(handlers, tab, pair, fit, shown, look)
    gr.on([cancel.click, leave.click], jobs.cancel, None, None, queue=False, **PRIVATE)
    one: dict[str, Any] = {**PRIVATE, "concurrency_id": "adapter-details", "trigger_mode": "always_last"}
    asked = [shown, bucketing, chosen, scope]
    buckets = [*bucket_views, *word_tables]
    for change in (shown.change, bucketing.change):
        change(handlers.choices, [shown, bucketing, chosen], chosen, **one).then(handlers.bucket, asked, buckets, **one)
        change(handlers.map_word, [shown, bucketing, word], word_views, **one)
    chosen.input(handlers.bucket, asked, buckets, **one)
    scope.change(handlers.words, asked, word_tables, **one)
    word.change(handlers.map_word, [shown, bucketing, word], word_views, **one)
    shown.change(lambda: ("", gr.Column(visible=False)), None, retrieval_views[:2], **PRIVATE)
    measure.click(handlers.retrieval, shown, retrieval_views, **{**one, "trigger_mode": "once"})
    return {"word": word, "map": bucketing}


def _wire_pair(
    handlers: AdapterHandlers, tab: gr.Tab, pair: Pair, fit: gr.Button, shown: gr.State, views: list
) -> None:
    """What shows a pair: opening the view, choosing another pair, and Fit."""
    # One handler for all: a link changes both models, and the look at one of them could end last.
    gr.on(
        [tab.select, *(dropdown.change for dropdown in pair.inputs)],
        handlers.look,
        [*pair.inputs, shown],
        views,
        trigger_mode="always_last",
        **PRIVATE,
    )
    fit.click(handlers.fit, pair.inputs, views, concurrency_id="adapter-fit", trigger_mode="once", **PRIVATE)


def _prose(name: str) -> gr.Markdown:
    return gr.Markdown(text(name), elem_classes="fx-intro", latex_delimiters=LATEX)


def _table(label: str, **more) -> gr.Dataframe:
    return gr.Dataframe(label=label, interactive=False, buttons=[], **more)


def _overview() -> list:
    sentence = gr.Markdown(elem_id="ad-summary")
    errors = gr.Plot(show_label=False, elem_id="ad-errors")
    export.buttons("adapter-errors", plot=errors)
    _prose("adapter-errors.md")
    with gr.Accordion("Every bucket in numbers", open=False):
        table = _table("Fitted buckets", max_height=420, elem_id="ad-table")
        export.buttons("adapter-buckets", table=table)
    return [sentence, errors, table]


def _beside(control: Callable[[], T], *prose: str) -> T:
    """A control with its explanation at its side, below it on narrow screens."""
    with gr.Row():
        with gr.Column(scale=2, min_width=260):
            made = control()
        with gr.Column(scale=5, min_width=300):
            for name in prose:
                _prose(name)
    return made


def _map() -> gr.Dropdown:
    known = [(label, name) for name, label in NAMES.items()]
    return _beside(lambda: gr.Dropdown(known, value="pair", label="Map", elem_id="ad-map"), "adapter-map.md")


def _word() -> tuple[gr.Textbox, list]:
    gr.Markdown("### One word")
    word = _beside(lambda: gr.Textbox("cheetah", label="Word", max_lines=1, elem_id="ad-word"), "adapter-word.md")
    facts = gr.HTML(elem_id="ad-word-facts", padding=False)
    near = _table("Nearest target tokens by cosine, slot by slot", elem_id="ad-near", max_height=420)
    export.buttons("adapter-word", table=near)
    return word, [facts, near]


def _bucket() -> tuple[gr.Dropdown, list, gr.Dropdown, list]:
    gr.Markdown("### One bucket")
    chosen = _beside(lambda: gr.Dropdown([], label="Bucket (i, j)", elem_id="ad-bucket"), "adapter-bucket.md")
    line = gr.HTML(elem_id="ad-bucket-status", padding=False)
    facts = gr.Markdown(elem_id="ad-bucket-facts")
    with gr.Row():
        with gr.Column(min_width=320):
            _prose("adapter-ridge.md")
            ridge = gr.Plot(show_label=False, elem_id="ad-ridge")
            export.buttons("adapter-ridge-path", plot=ridge)
        with gr.Column(min_width=320):
            _prose("adapter-spectrum.md")
            spectrum = gr.Plot(show_label=False, elem_id="ad-spectrum")
            export.buttons("adapter-spectrum", plot=spectrum)
    with gr.Row():
        with gr.Column(min_width=320):
            conditions = _table("Conditioning by frequency", elem_id="ad-conditions")
            export.buttons("adapter-conditioning", table=conditions)
        with gr.Column(min_width=320):
            penrose = _table("Penrose identities of the pseudoinverse P = A⁺", elem_id="ad-penrose")
            _prose("adapter-penrose.md")
            export.buttons("adapter-penrose", table=penrose)
    scope, best, worst = _extremes()
    return chosen, [line, facts, ridge, spectrum, conditions, penrose], scope, [best, worst]


def _extremes() -> tuple[gr.Dropdown, gr.Dataframe, gr.Dataframe]:
    known = ["this bucket", EVERY]
    scope = _beside(
        lambda: gr.Dropdown(known, value=known[0], label="Words of", elem_id="ad-scope"), "adapter-words.md"
    )
    tables = []
    with gr.Row():
        for label, name in (("Best-mapped held-out words", "best"), ("Worst-mapped held-out words", "worst")):
            with gr.Column(min_width=320):
                tables.append(_table(label, elem_id=f"ad-{name}", max_height=520))
                export.buttons(f"adapter-{name}-words", table=tables[-1])
    return scope, *tables


def _size() -> list:
    gr.Markdown("### Size")
    _prose("adapter-size.md")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            figure = gr.Plot(show_label=False, elem_id="ad-size")
            export.buttons("adapter-size", plot=figure)
        with gr.Column(scale=2, min_width=320):
            table = _table("Size by the longest word served", elem_id="ad-size-table")
            export.buttons("adapter-sizes", table=table)
    return [figure, table]


def _retrieval() -> tuple[gr.Button, gr.Button, list]:
    gr.Markdown("### Retrieval")
    _prose("adapter-retrieval.md")
    with gr.Row(elem_classes="fx-buttons"):
        measure = gr.Button("Measure retrieval", elem_id="ad-measure", scale=0, min_width=210)
        leave = gr.Button("Cancel", elem_id="ad-measure-cancel", scale=0, min_width=120)
    line = gr.HTML(elem_id="ad-retrieval-status", padding=False)
    with gr.Column(visible=False) as column:
        table = _table("Retrieval on held-out words", elem_id="ad-retrieval", max_height=840)
        export.buttons("adapter-retrieval", table=table)
    return measure, leave, [line, column, table]
