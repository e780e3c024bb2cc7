"""The Adapter view: both maps of a pair, what they cost, how well they carry words, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr

from fuse_core.library import Library
from ui.analyse.adapter.bucket_handlers import EVERY, BucketHandlers
from ui.analyse.adapter.bucket_handlers import JOB as BUCKET
from ui.analyse.adapter.components import BucketComponents, PairComponents, RetrievalComponents, WordComponents
from ui.analyse.adapter.figures import NAMES
from ui.analyse.adapter.kind_view import KindSection
from ui.analyse.adapter.pair_handlers import FIT, PairHandlers
from ui.analyse.adapter.parts import all_of, prose, table_of
from ui.analyse.adapter.word_handlers import RETRIEVAL, RetrievalHandlers, WordHandlers
from ui.analyse.pair import Pair
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.plots import plot
from ui.kit.wiring import PRIVATE

T = TypeVar("T")


@dataclass(frozen=True)
class Layout:
    """The view's controls, and what their handlers fill."""

    fit: gr.Button
    cancel: gr.Button
    bucketing: gr.Dropdown
    word_box: gr.Textbox
    scope: gr.Dropdown
    cancel_bucket: gr.Button
    measure: gr.Button
    cancel_measure: gr.Button
    pair: PairComponents
    word: WordComponents
    bucket: BucketComponents
    retrieval: RetrievalComponents
    kinds: KindSection


def build(part: Part, library: Library, pair: Pair, runner: JobRunner) -> dict[str, Setting | gr.State]:
    """Lay the view out and wire it; returns the settings that links carry."""
    parts = layout()
    shown, bucketing = parts.pair.shown, parts.bucketing
    _wire_pair(PairHandlers(parts.pair, library, runner), part, pair, parts.fit)
    _wire_bucket(BucketHandlers(parts.bucket, library, runner), shown, bucketing, parts.scope)
    gr.on(
        [shown.change, bucketing.change, parts.word_box.change],
        WordHandlers(parts.word, library, runner).map_word,
        [shown, bucketing, parts.word_box],
        all_of(parts.word),
        trigger_mode="always_last",
        **PRIVATE,
    )
    retrieval = RetrievalHandlers(parts.retrieval, library, runner)
    parts.measure.click(retrieval.measure, shown, all_of(parts.retrieval), trigger_mode="once", **PRIVATE)
    shown.change(retrieval.clear, None, all_of(parts.retrieval), **PRIVATE)
    for button, job in ((parts.cancel, FIT), (parts.cancel_bucket, BUCKET), (parts.cancel_measure, RETRIEVAL)):
        button.click(runner.cancel(job), None, None, queue=False, **PRIVATE)
    parts.kinds.wire(shown, library, runner)
    return {"word": parts.word_box, "map": bucketing, "bucket": parts.bucket.chosen, "of": parts.scope}


def layout() -> Layout:
    """Lay the view out, part below part."""
    prose("adapter.md")
    with gr.Row(elem_classes="fx-buttons"):
        fit = gr.Button("Fit", variant="primary", elem_id="ad-fit", scale=0, min_width=120)
        cancel = gr.Button("Cancel", elem_id="ad-cancel", scale=0, min_width=120)
    line, shown = gr.HTML(elem_id="ad-status", padding=False), gr.State(None)
    with gr.Column(visible=False, elem_id="ad-results") as results:
        overview = _overview()
        bucketing = _map()
        box, word = _word()
        scope, cancel_bucket, bucket = _bucket()
        pair = PairComponents(line, shown, results, *overview, *_size())
        measure, cancel_measure, retrieval = _retrieval()
        kinds = KindSection.laid_out()
    return Layout(
        fit, cancel, bucketing, box, scope, cancel_bucket, measure, cancel_measure, pair, word, bucket, retrieval, kinds
    )


def _wire_pair(handlers: PairHandlers, part: Part, pair: Pair, fit: gr.Button) -> None:
    """What shows a pair: opening the view, choosing another pair, and Fit."""
    outputs = all_of(handlers.components)
    # One handler for all: a link changes both models, and the look at one of them could end last.
    gr.on(
        [part.arrives, *(dropdown.change for dropdown in pair.inputs)],
        handlers.look,
        [*pair.inputs, handlers.components.shown],
        outputs,
        trigger_mode="always_last",
        **PRIVATE,
    )
    fit.click(handlers.fit, pair.inputs, outputs, concurrency_id="adapter-fit", trigger_mode="once", **PRIVATE)


def _wire_bucket(handlers: BucketHandlers, shown: gr.State, bucketing: gr.Dropdown, scope: gr.Dropdown) -> None:
    """What shows a bucket: another pair, another map, another bucket; what shows other words."""
    chosen = handlers.components.chosen
    # One at a time and the last one asked for: an earlier one that ends later would show the wrong bucket.
    wiring: dict[str, Any] = {
        **PRIVATE,
        "inputs": [shown, bucketing, chosen, scope],
        "outputs": all_of(handlers.components),
        "concurrency_id": "adapter-bucket",
        "trigger_mode": "always_last",
    }
    gr.on([shown.change, bucketing.change], handlers.choose_map, **wiring)
    chosen.input(handlers.choose_bucket, **wiring)
    scope.change(handlers.choose_scope, **wiring)


def _overview() -> list:
    sentence = gr.Markdown(elem_id="ad-summary")
    errors = plot("Relative error of every bucket", "ad-errors")
    export.buttons("adapter-errors", plot=errors)
    prose("adapter-errors.md")
    with gr.Accordion("Every bucket in numbers", open=False):
        table = table_of("Fitted buckets", max_height=420, elem_id="ad-table")
        export.buttons("adapter-buckets", table=table)
    return [sentence, errors, table]


def _beside(control: Callable[[], T], name: str) -> T:
    """A control with its explanation at its side, below it on narrow screens."""
    with gr.Row():
        with gr.Column(scale=2, min_width=260):
            made = control()
        with gr.Column(scale=5, min_width=300):
            prose(name)
    return made


def _map() -> gr.Dropdown:
    known = [(label, name) for name, label in NAMES.items()]
    return _beside(lambda: gr.Dropdown(known, value="pair", label="Map", elem_id="ad-map"), "adapter-map.md")


def _word() -> tuple[gr.Textbox, WordComponents]:
    gr.Markdown("### One word")
    word = _beside(lambda: gr.Textbox("cheetah", label="Word", max_lines=1, elem_id="ad-word"), "adapter-word.md")
    facts = gr.HTML(elem_id="ad-word-facts", padding=False)
    near = table_of("Nearest target tokens by cosine, slot by slot", elem_id="ad-near", max_height=420)
    export.buttons("adapter-word", table=near)
    return word, WordComponents(facts, near)


def _bucket() -> tuple[gr.Dropdown, gr.Button, BucketComponents]:
    gr.Markdown("### One bucket")
    chosen = _beside(lambda: gr.Dropdown([], label="Bucket (i, j)", elem_id="ad-bucket"), "adapter-bucket.md")
    line = gr.HTML(elem_id="ad-bucket-status", padding=False)
    cancel = gr.Button("Cancel", elem_id="ad-bucket-cancel", size="sm", scale=0, min_width=90)
    facts = gr.Markdown(elem_id="ad-bucket-facts")
    with gr.Row():
        with gr.Column(min_width=320):
            prose("adapter-ridge.md")
            ridge = plot("Held-out error by ridge", "ad-ridge")
            export.buttons("adapter-ridge-path", plot=ridge)
        with gr.Column(min_width=320):
            prose("adapter-spectrum.md")
            spectrum = plot("Singular values by frequency", "ad-spectrum")
            export.buttons("adapter-spectrum", plot=spectrum)
    with gr.Row():
        with gr.Column(min_width=320):
            conditions = table_of("Conditioning by frequency", elem_id="ad-conditions")
            export.buttons("adapter-conditioning", table=conditions)
        with gr.Column(min_width=320):
            penrose = table_of("Penrose identities of the pseudoinverse P = A⁺", elem_id="ad-penrose")
            prose("adapter-penrose.md")
            export.buttons("adapter-penrose", table=penrose)
    scope, *words = _extremes()
    parts = BucketComponents(line, chosen, facts, ridge, spectrum, conditions, penrose, *words)
    return scope, cancel, parts


def _extremes() -> tuple:
    known = ["this bucket", EVERY]
    scope = _beside(
        lambda: gr.Dropdown(known, value=known[0], label="Words of", elem_id="ad-scope"), "adapter-words.md"
    )
    tables = []
    with gr.Row():
        for label, name in (("Best-mapped held-out words", "best"), ("Worst-mapped held-out words", "worst")):
            with gr.Column(min_width=320):
                tables.append(table_of(label, elem_id=f"ad-{name}", max_height=520))
                export.buttons(f"adapter-{name}-words", table=tables[-1])
    return scope, *tables


def _size() -> list:
    gr.Markdown("### Size")
    prose("adapter-size.md")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            figure = plot("Size by the longest word served", "ad-size")
            export.buttons("adapter-size", plot=figure)
        with gr.Column(scale=2, min_width=320):
            table = table_of("Size by the longest word served", elem_id="ad-size-table")
            export.buttons("adapter-sizes", table=table)
    return [figure, table]


def _retrieval() -> tuple[gr.Button, gr.Button, RetrievalComponents]:
    gr.Markdown("### Retrieval")
    prose("adapter-retrieval.md")
    with gr.Row(elem_classes="fx-buttons"):
        measure = gr.Button("Measure retrieval", elem_id="ad-measure", scale=0, min_width=210)
        cancel = gr.Button("Cancel", elem_id="ad-measure-cancel", scale=0, min_width=120)
    line = gr.HTML(elem_id="ad-retrieval-status", padding=False)
    with gr.Column(visible=False) as results:
        table = table_of("Retrieval on held-out words", elem_id="ad-retrieval", max_height=840)
        export.buttons("adapter-retrieval", table=table)
    return measure, cancel, RetrievalComponents(line, results, table)
