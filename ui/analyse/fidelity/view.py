"""The Fidelity view: its layout and wiring."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis.fidelity import FIDELITY_PROBE_WORDS
from fuse_core.analysis.fidelity_names import GRADIENT_NAMES, gradient_label
from fuse_core.analysis.fidelity_report import AUTO
from fuse_core.analysis.fidelity_run import MEAN
from fuse_core.analysis.rank_measures import WITHIN
from fuse_core.library import Library
from ui.analyse.fidelity.about import about
from ui.analyse.fidelity.handlers import JOB, Components, FidelityHandlers
from ui.analyse.pair import Pair
from ui.kit import export
from ui.kit.examples import EXAMPLES, OWN, example
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.uploads import PictureInput
from ui.kit.wiring import LATEX, PRIVATE

AT = [("the word that serves FUSE best, by the true losses", AUTO), ("mean over the eight words of a search", MEAN)]


def build(part: Part, library: Library, pair: Pair, runner: JobRunner) -> dict[str, Setting | gr.State]:
    """Lay the view out and wire it; returns the settings that links carry."""
    gr.Markdown(text("fidelity.md"), elem_classes="fx-intro", latex_delimiters=LATEX)
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            names = [path.stem for path in EXAMPLES]
            picture = gr.Dropdown([*names, OWN], value=names[0], label="Picture", elem_id="fid-picture")
            upload = PictureInput(
                str(EXAMPLES[0]),
                label="Picture",
                show_label=False,
                type="pil",
                format="png",
                sources=["upload", "clipboard"],
                height=190,
                elem_id="fid-upload",
                buttons=[],
            )
        with gr.Column(scale=3, min_width=320):
            context = gr.Textbox(
                "a photograph of the", label="Context", info="The prompt so far; may be empty.", elem_id="fid-context"
            )
            at = gr.Dropdown(
                [*AT, *((word.strip(), word) for word in FIDELITY_PROBE_WORDS)],
                value=AUTO,
                allow_custom_value=True,
                label="Linearisation word",
                info="Where the gradient is taken. You may type another word.",
                elem_id="fid-at",
            )
            with gr.Row():
                candidates = gr.Number(2000, label="Candidates", info="Tokens", min_width=110)
                within = gr.Number(WITHIN, label="K", info="Predicted best", min_width=110)
            with gr.Row():
                adapters = gr.Dropdown(
                    [(kind.label, key) for key, kind in KINDS.items()],
                    value=[],
                    multiselect=True,
                    label="Other adapters",
                    info="Measured, too; fits take up to a minute",
                    min_width=280,
                    elem_id="fid-adapters",
                )
                name = gr.Dropdown(
                    [(gradient_label(key), key) for key in (*GRADIENT_NAMES, *KINDS)],
                    value="fuse",
                    label="Gradient",
                    info="In the left figure",
                    min_width=280,
                    elem_id="fid-gradient",
                )
            with gr.Row(elem_classes="fx-buttons"):
                one = gr.Button("Measure this context", variant="primary", elem_id="fid-one", min_width=170)
                every = gr.Button("Measure all examples", elem_id="fid-all", min_width=200)
                cancel = gr.Button("Cancel", elem_id="fid-cancel", min_width=80)
            status = gr.HTML(elem_id="fid-status", padding=False)
    with export.collected() as exports:
        components = results(status)
    handlers = FidelityHandlers(components, library, runner)
    look = [at, name, within]
    exports.wire([components.measured, *look], about)
    figures_and_tables = [*vars(components).values()]
    gr.on(
        [part.arrives, *(control.change for control in look)],
        handlers.show,
        [components.measured, *look],
        figures_and_tables,
        trigger_mode="always_last",
        **PRIVATE,
    )
    picture.change(_preview, picture, upload, **PRIVATE)
    upload.upload(lambda: OWN, None, picture, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "fidelity", "trigger_mode": "once"}
    one.click(
        handlers.one, [*pair.inputs, picture, upload, context, candidates, adapters, *look], figures_and_tables, **work
    )
    every.click(handlers.every, [*pair.inputs, candidates, adapters, *look], figures_and_tables, **work)
    cancel.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    return {
        "picture": picture,
        "context": context,
        "at": at,
        "candidates": candidates,
        "k": within,
        "adapters": adapters,
        "gradient": name,
        "what you measured (press Measure there)": components.measured,
    }


def results(status: gr.HTML) -> Components:
    """Lay the figures and tables out, under a status line."""
    gr.Markdown(text("fidelity-points.md"), elem_classes="fx-intro", latex_delimiters=LATEX)
    with gr.Row():
        scatter = _figure("scatter", "Predicted gain and true loss of every candidate", "fidelity-scatter")
        target = _figure("target", "Predicted gain and true loss, native gradient", "fidelity-scatter-target")
    gr.Markdown(text("fidelity-summary.md"), elem_classes="fx-intro")
    with gr.Row():
        spearman = _figure("spearman", "Spearman correlation by arm", "fidelity-spearman")
        recall = _figure("recall", "Recall of the best words by arm", "fidelity-recall")
    summary = gr.Dataframe(
        headers=[" "],  # until it is filled; Gradio would number them
        label="Mean over contexts (95 % interval over pictures)",
        interactive=False,
        elem_id="fid-summary",
        buttons=[],
    )
    export.buttons("fidelity-summary", table=summary)
    gr.Markdown(text("fidelity-words.md"), elem_classes="fx-intro")
    words = _figure("words", "Mean Spearman correlation by linearisation word", "fidelity-words")
    with gr.Accordion("Every context", open=False):
        contexts = gr.Dataframe(show_label=False, interactive=False, max_height=360, buttons=[])
        export.buttons("fidelity-contexts", table=contexts)
    with gr.Accordion("Every candidate of the figure above", open=False):
        candidates = gr.Dataframe(show_label=False, interactive=False, max_height=420, show_search="search", buttons=[])
        export.buttons("fidelity-candidates", table=candidates)
    return Components(status, gr.State(None), scatter, target, spearman, recall, words, summary, contexts, candidates)


def _figure(name: str, title: str, file: str) -> gr.Plot:
    with gr.Column(min_width=320):
        figure = plot(title, f"fid-{name}")
        export.buttons(file, plot=figure)
    return figure


def _preview(picture: str) -> Any:
    """The chosen example; an own picture stays as it is."""
    return gr.skip() if picture == OWN else example(picture)
