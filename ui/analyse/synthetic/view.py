"""The Synthetic truth view: a pair of models whose map is known, and what a fit makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import pandas as pd

from fuse_core.adapter.fit import Cancelled, FitOptions
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.synthetic.pair import BUCKETS, SyntheticPair, principal_table
from fuse_core.synthetic.recovery import Recovery, block, recover, sweep
from ui.analyse import split_fragments
from ui.analyse.pair import Pair
from ui.analyse.synthetic import figures as synthetic_figures
from ui.kit import export
from ui.kit.background import in_background
from ui.kit.fragments import status
from ui.kit.guard import guarded, only_status
from ui.kit.jobs import JobRunner, Jobs
from ui.kit.links import Setting
from ui.kit.texts import text
from ui.kit.wiring import PRIVATE, first_opened

SOURCE = "smollm2"
NOISES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MOST_SEED = 9_999
KEPT = 16  # pairs and fits held in memory
SHOWN = 8  # outputs of `show`
EXAMPLES = 2  # words a bucket whose cuts are shown
TRUTHS = [("one for each (i, j)", "pair"), ("one for each j", "target")]
FITS = [("pair: each (i, j)", "pair"), ("target: each j", "target")]
RIDGES = [("auto: cross-validation", "auto"), ("0: plain pseudoinverse", "0")]
BLOCKS = [
    (f"({i}, {j}): token {s + 1} to token {t + 1}", f"{i}-{j}-{s + 1}-{t + 1}")
    for i, j in BUCKETS
    for s in range(i)
    for t in range(j)
]


class SyntheticHandlers:
    """What the view shows. Pairs and fits are the same for everybody who asks for the same settings."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs
        self._pair = lru_cache(KEPT)(self._make_pair)
        self._recovery = lru_cache(KEPT)(self._make_recovery)
        self._sweeps: dict[tuple, list[Recovery]] = {}

    def _make_pair(self, truth: Any, seed: int) -> SyntheticPair:
        model = self.library.embedding_model(SOURCE)
        table = self.library.once(("principal", SOURCE), lambda: principal_table(model.embedding_table))
        return SyntheticPair.build(model.tokenizer, table, seed=seed, truth=truth)

    def _make_recovery(self, truth: str, seed: int, noise: float, options: FitOptions) -> Recovery:
        return recover(self._pair(truth, seed).with_noise(noise), options)

    @guarded(SHOWN)
    def show(
        self, noise: float, truth: str, fit: Any, ridge: str, seed: float | None, part: str, request: gr.Request
    ) -> Iterator[tuple]:
        """Everything of the view: status, curves, table, maps, both splits, scatter, bars."""
        whole = _seed(seed)
        options = FitOptions(bucketing=fit, ridge="auto" if ridge == "auto" else float(ridge))
        swept = self._sweeps.get((truth, whole, options))
        if swept is None:
            with self.jobs.started(request) as stop:
                for news in in_background(lambda tell: self._sweep(truth, whole, options, tell, stop.is_set)):
                    if isinstance(news, tuple):
                        yield only_status(status(news[1], share=news[0]), SHOWN)
                    else:
                        swept = news
        if not swept:
            yield only_status(status("Stopped. Change a setting to start again."), SHOWN)
            return
        pair = self._pair(truth, whole)
        found = self._recovery(truth, whole, noise, options)
        i, j, s, t = map(int, part.split("-"))
        yield (
            status(_summary(found, len(pair.corpus.words))),
            synthetic_figures.error_curves(swept, found),
            _table(pair, found),
            synthetic_figures.map_heatmaps(block(pair, found.adapter, (i, j), (s - 1, t - 1))),
            *_splits(pair),
            synthetic_figures.gradient_scatter(found.gradients),
            synthetic_figures.gradient_norms(found.gradients),
        )

    def _sweep(self, truth: str, seed: int, options: FitOptions, tell, stopped) -> list[Recovery]:
        """The fits at all noise levels, kept for later; empty when stopped."""
        tell(0.0, "Making the pair")
        try:
            swept = sweep(self._pair(truth, seed), options, NOISES, tell, stopped)
        except Cancelled:
            return []
        while len(self._sweeps) >= KEPT:
            self._sweeps.pop(next(iter(self._sweeps)), None)
        self._sweeps[truth, seed, options] = swept
        return swept


def _seed(value: float | None) -> int:
    if value is None or value != int(value) or not 0 <= value <= MOST_SEED:
        raise UserError(f"The seed must be a whole number from 0 to {MOST_SEED:,}.", "Type one, such as 0.")
    return int(value)


def _summary(found: Recovery, words: int) -> str:
    return (
        f"{words:,} words, noise {found.noise:g}. Relative errors: map {found.map_error:.2g}, held-out words "
        f"{found.heldout_error:.2g}, carried gradient {found.gradient_error:.2g} (cosine {found.gradient_cosine:.3f})."
    )


def _table(pair: SyntheticPair, found: Recovery) -> pd.DataFrame:
    rows = [
        [i, j, len(words), f"{found.map_errors[i, j]:.2g}", f"{found.heldout_errors[i, j]:.2g}"]
        for (i, j), words in pair.words.items()
    ]
    return pd.DataFrame(rows, columns=["i", "j", "words", "map error", "held-out error"])


def _splits(pair: SyntheticPair) -> list[str]:
    """Both cuts of some words of every bucket."""
    sides = (
        (f"Source: {catalog.entry(SOURCE).title}", pair.source.tokenizer),
        ("Target: made up", pair.target.tokenizer),
    )
    return split_fragments.both_splits(pair.align(pair.sample_text(EXAMPLES)), *sides)


def build(tab: gr.Tab, library: Library, pair: Pair, runner: JobRunner, jobs: Jobs) -> dict[str, Setting]:
    """Lay the view out and wire it; returns the settings that links carry."""
    gr.Markdown(text("synthetic.md"), elem_classes="fx-intro")
    settings = _controls()
    note = gr.HTML(padding=False, elem_id="truth-status")
    curves, table = _errors()
    gr.Markdown(text("synthetic-map.md"), elem_classes="fx-intro")
    part = gr.Dropdown(
        BLOCKS,
        value="1-2-1-2",
        label="Part of the map",
        info="Bucket, source token, target token",
        elem_id="truth-part",
    )
    settings["truth-part"] = part
    maps = gr.Plot(show_label=False, elem_id="truth-map-plot")
    export.buttons("truth-map", plot=maps)
    gr.Markdown(text("synthetic-cuts.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            left = gr.HTML(elem_id="truth-split-source", min_height=60)
        with gr.Column(min_width=320):
            right = gr.HTML(elem_id="truth-split-target", min_height=60)
    scatter, bars = _gradients()
    gr.on(
        [first_opened(tab).change, *(control.change for control in settings.values())],
        SyntheticHandlers(library, jobs).show,
        list(settings.values()),
        [note, curves, table, maps, left, right, scatter, bars],
        trigger_mode="always_last",
        **PRIVATE,
    )
    return settings


def _controls() -> dict[str, Setting]:
    with gr.Row():
        noise = gr.Slider(0, 1, value=0, step=0.01, label="Noise", info="Relative RMS", min_width=200)
        truth = gr.Dropdown(TRUTHS, value="pair", label="True maps", info="Built in", min_width=180)
        fit = gr.Dropdown(FITS, value="pair", label="Fitted maps", info="Bucketing", min_width=180)
        ridge = gr.Dropdown(RIDGES, value="auto", label="Ridge", info="Of the fit", min_width=220)
        seed = gr.Number(
            0, label="Seed", info="Cuts, maps, noise", precision=0, minimum=0, maximum=MOST_SEED, min_width=110
        )
    return {"noise": noise, "truth": truth, "truth-fit": fit, "truth-ridge": ridge, "truth-seed": seed}


def _errors() -> tuple[gr.Plot, gr.Dataframe]:
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            gr.Markdown(text("synthetic-noise.md"), elem_classes="fx-intro")
            curves = gr.Plot(show_label=False, elem_id="truth-curves")
            export.buttons("truth-noise", plot=curves)
        with gr.Column(scale=2, min_width=320):
            gr.Markdown(text("synthetic-buckets.md"), elem_classes="fx-intro")
            table = gr.Dataframe(show_label=False, interactive=False, elem_id="truth-table", buttons=[])
            export.buttons("truth-buckets", table=table)
    return curves, table


def _gradients() -> tuple[gr.Plot, gr.Plot]:
    gr.Markdown(text("synthetic-gradient.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(min_width=320):
            scatter = gr.Plot(show_label=False, elem_id="truth-scatter")
            export.buttons("truth-gradient", plot=scatter)
        with gr.Column(min_width=320):
            bars = gr.Plot(show_label=False, elem_id="truth-bars")
            export.buttons("truth-gradient-words", plot=bars)
    return scatter, bars
