"""The Synthetic truth view: its layout and wiring."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from fuse_core.synthetic.pair import BUCKETS
from ui.analyse.pair import Pair
from ui.analyse.synthetic.handlers import JOB, MOST_SEED, Components, SyntheticHandlers
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.plots import plot
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE

TRUTHS = [("one for each (i, j)", "pair"), ("one for each j", "target")]
FITS = [("pair: each (i, j)", "pair"), ("target: each j", "target")]
RIDGES = [("auto: cross-validation", "auto"), ("0: plain pseudoinverse", "0")]
BLOCKS = [
    (f"({i}, {j}): token {s + 1} to token {t + 1}", f"{i}-{j}-{s + 1}-{t + 1}")
    for i, j in BUCKETS
    for s in range(i)
    for t in range(j)
]


def build(part: Part, library: Library, pair: Pair, runner: JobRunner) -> dict[str, Setting | gr.State]:
    """Lay the view out and wire it; returns the settings that links carry."""
    gr.Markdown(text("synthetic.md"), elem_classes="fx-intro")
    settings = _controls()
    cancel = gr.Button("Cancel", elem_id="truth-cancel", size="sm", scale=0, min_width=90)
    drawn = gr.Dropdown(
        BLOCKS,
        value="1-2-1-2",
        label="Part of the map",
        info="Bucket, source token, target token",
        elem_id="truth-part",
        render=False,
    )
    settings["truth-part"] = drawn
    components = results(drawn)
    gr.on(
        [part.arrives, *(control.change for control in settings.values())],
        SyntheticHandlers(components, library, runner).show,
        list(settings.values()),
        [*vars(components).values()],
        trigger_mode="always_last",
        **PRIVATE,
    )
    cancel.click(runner.cancel(JOB), None, None, queue=False, **PRIVATE)
    return {**settings}


def results(part: gr.Dropdown) -> Components:
    """Lay out what the handler fills, and among it the choice of the part of the map that is drawn."""
    status = gr.HTML(padding=False, elem_id="truth-status")
    curves, table = _errors()
    gr.Markdown(text("synthetic-map.md"), elem_classes="fx-intro")
    part.render()
    maps = plot("True map and fitted map", "truth-map-plot")
    export.buttons("truth-map", plot=maps)
    gr.Markdown(text("synthetic-cuts.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="truth-split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="truth-split-target", min_height=60)
    return Components(status, curves, table, maps, left, right, *_gradients())


def _controls() -> dict[str, Setting]:
    with gr.Row():
        noise = gr.Slider(0, 1, value=0, step=0.01, label="Noise", info="Relative RMS", min_width=200)
        truth = gr.Dropdown(TRUTHS, value="pair", label="True maps", info="Built in", min_width=180)
        fit = gr.Dropdown(FITS, value="pair", label="Fitted maps", info="Bucketing", min_width=180)
        ridge = gr.Dropdown(RIDGES, value="auto", label="Ridge", info="Of the fit", min_width=220)
        seed = gr.Number(0, label="Seed", info="Cuts, maps, noise", minimum=0, maximum=MOST_SEED, min_width=110)
    return {"noise": noise, "truth": truth, "truth-fit": fit, "truth-ridge": ridge, "truth-seed": seed}


def _errors() -> tuple[gr.Plot, gr.Dataframe]:
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            gr.Markdown(text("synthetic-noise.md"), elem_classes="fx-intro")
            curves = plot("Error of the map by noise", "truth-curves")
            export.buttons("truth-noise", plot=curves)
        with gr.Column(scale=2, min_width=320):
            gr.Markdown(text("synthetic-buckets.md"), elem_classes="fx-intro")
            table = gr.Dataframe(headers=[" "], show_label=False, interactive=False, elem_id="truth-table", buttons=[])
            export.buttons("truth-buckets", table=table)
    return curves, table


def _gradients() -> tuple[gr.Plot, gr.Plot]:
    gr.Markdown(text("synthetic-gradient.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            scatter = plot("Carried against true gradient", "truth-scatter")
            export.buttons("truth-gradient", plot=scatter)
        with gr.Column(min_width=320):
            bars = plot("Gradient of every word", "truth-bars")
            export.buttons("truth-gradient-words", plot=bars)
    return scatter, bars
