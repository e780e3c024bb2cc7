"""The bucket table of a pair over English or a visitor's text: heatmap, a bucket's words, coverage."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from ui.analyse.pair import Pair
from ui.analyse.tokenizers.bucket_counts import FEWEST, MOST, USUAL
from ui.analyse.tokenizers.bucket_handlers import JOB, LONGEST, BucketHandlers, Components
from ui.analyse.tokenizers.own_handlers import AS_SOURCE, AS_TARGET
from ui.analyse.tokenizers.shelf import Shelf
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.uploads import FileButton
from ui.kit.wiring import PRIVATE


def sides(shelf: Shelf) -> list[gr.Dropdown]:
    """The menus of rows and columns, not yet laid out: the tab's pair, or any two tokenizers."""
    known = shelf.choices()
    return [
        gr.Dropdown([first, *known], value=first[1], label=label, elem_id=name, min_width=240, render=False)
        for first, label, name in (
            (AS_SOURCE, "Rows: tokens i in", "bucket-rows"),
            (AS_TARGET, "Columns: tokens j in", "bucket-columns"),
        )
    ]


def build(
    part: Part, library: Library, pair: Pair, own: gr.State, menus: list[gr.Dropdown], runner: JobRunner
) -> dict[str, Setting | gr.State]:
    """Lay the view out and wire it; returns the settings that links carry."""
    gr.Markdown(text("buckets.md"), elem_classes="fx-intro")
    with gr.Row():
        for menu in menus:
            menu.render()
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
            cancel = gr.Button("Cancel", size="sm", elem_id="bucket-cancel")
    components = results(words, drop)
    handlers = BucketHandlers(components, library, runner)
    outputs = [*vars(components).values()]
    settings = [*pair.inputs, words, limit]
    counted, choice = components.counted, components.choice
    # One handler for opening and changing: two could finish in the wrong order.
    changing = [own, pair.source, pair.target, *menus, words, limit]
    gr.on(
        [part.arrives, *(component.change for component in changing)],
        handlers.show,
        [*settings, components.own, counted, choice, *menus, own],
        outputs,
        trigger_mode="always_last",
        **PRIVATE,
    )
    file.upload(handlers.upload, [file, *settings, counted, choice, *menus, own], outputs, **PRIVATE)
    drop.click(handlers.english, [*settings, counted, choice, *menus, own], outputs, **PRIVATE)
    cancel.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    chosen = [components.status, choice, components.note, components.table]
    choice.input(handlers.choose, [counted, choice], chosen, **PRIVATE)
    components.clicked.input(handlers.click, [components.clicked, counted], chosen, **PRIVATE)
    settings_in_links = {"words": words, "tokens": limit, "rows": menus[0], "columns": menus[1], "cell": choice}
    return {**settings_in_links, "the text you uploaded": components.own}


def results(words: gr.Slider, drop: gr.Button) -> Components:
    """Lay out what the handlers fill, below the controls they may hide or show."""
    problem = gr.HTML(padding=False, elem_id="bucket-problem")
    facts = gr.HTML(padding=False, elem_id="bucket-facts")
    with gr.Row():
        with gr.Column(min_width=320):
            heatmap = plot("Words in every bucket", "bucket-plot", elem_classes="fx-clickable")
            clicked = gr.Textbox(elem_id="bucket-plot-click", elem_classes="fx-hidden", container=False)
            export.buttons("buckets", plot=heatmap)
        with gr.Column(min_width=320):
            choice = gr.Dropdown([], label="Bucket (i, j), or a cell clicked", elem_id="bucket-choice")
            note = gr.Markdown(elem_id="bucket-note")
            table = gr.Dataframe(
                headers=[" "],  # until it is filled; Gradio would number them
                interactive=False,
                max_height=300,
                elem_id="bucket-words",
                elem_classes="fx-sortable",
                buttons=[],
                show_search="search",
                datatype=["str", "number", "str", "str"],
                wrap=True,
            )
            export.buttons("bucket-words", table=table)
    gr.Markdown(text("coverage.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            curve = plot("Share of text that the buckets serve", "coverage-plot")
            export.buttons("coverage", plot=curve)
        with gr.Column(min_width=320):
            shares = gr.Dataframe(
                headers=[" "],
                interactive=False,
                max_height=360,
                elem_id="coverage",
                buttons=[],
                column_widths=["12%", "34%", "27%", "27%"],
                wrap=True,
            )
            export.buttons("coverage", table=shares)
    own, counted = gr.State(None), gr.State(None)
    return Components(problem, facts, heatmap, clicked, choice, note, table, curve, shares, words, drop, own, counted)
