"""What the Synthetic truth view's controls do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import pandas as pd

from fuse_core.adapter.fit import FitOptions
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.synthetic.pair import SyntheticPair, principal_table
from fuse_core.synthetic.recovery import Recovery, block, recover, sweep
from ui.analyse.synthetic import figures
from ui.kit import split_fragments
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line

JOB = "synthetic"
SOURCE = "smollm2"
NOISES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MOST_SEED = 9_999
KEPT = 16  # pairs, fits and sweeps held in memory
EXAMPLES = 2  # words a bucket whose cuts are shown


@dataclass(frozen=True)
class Components:
    """What the handler fills."""

    status: gr.HTML
    curves: gr.Plot
    table: gr.Dataframe
    maps: gr.Plot
    source_split: gr.HTML
    target_split: gr.HTML
    scatter: gr.Plot
    bars: gr.Plot


class SyntheticHandlers:
    """What the view shows. Pairs and fits are the same for everybody who asks for the same settings."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status
        self._pair = lru_cache(KEPT)(self._make_pair)
        self._recovery = lru_cache(KEPT)(self._make_recovery)
        self._sweeps: dict[tuple, list[Recovery]] = {}

    def _make_pair(self, truth: Any, seed: int) -> SyntheticPair:
        side = self.library.vocabulary_side(SOURCE)
        table = self.library.once(("principal", SOURCE), lambda: principal_table(side.table))
        return SyntheticPair.build(side.tokenizer, table, seed=seed, truth=truth)

    def _make_recovery(self, truth: str, seed: int, noise: float, options: FitOptions) -> Recovery:
        return recover(self._pair(truth, seed).with_noise(noise), options)

    @guarded
    def show(
        self, noise: float, truth: str, fit: Any, ridge: str, seed: float | None, part: str, request: gr.Request
    ) -> Iterator[Update]:
        """Everything of the view, with progress where fits are made for it."""
        whole = _seed(seed)
        options = FitOptions(bucketing=fit, ridge="auto" if ridge == "auto" else float(ridge))

        def work(report_progress: Progress) -> tuple[SyntheticPair, list[Recovery], Recovery]:
            swept = self._swept(truth, whole, options, part_of(report_progress, 0.0, 0.9))
            report_progress(0.9, f"Fitting at noise {noise:g}")
            return self._pair(truth, whole), swept, self._recovery(truth, whole, noise, options)

        pair, swept, found = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        i, j, s, t = map(int, part.split("-"))
        components = self.components
        source_split, target_split = _splits(pair)
        yield {
            components.status: status(_summary(found, len(pair.corpus.words))),
            components.curves: figures.error_curves(swept, found),
            components.table: _table(pair, found),
            components.maps: figures.map_heatmaps(block(pair, found.adapter, (i, j), (s - 1, t - 1))),
            components.source_split: source_split,
            components.target_split: target_split,
            components.scatter: figures.gradient_scatter(found.gradients),
            components.bars: figures.gradient_norms(found.gradients),
        }

    def _swept(self, truth: str, seed: int, options: FitOptions, progress: Progress) -> list[Recovery]:
        """The fits at all noise levels, made once and held."""
        swept = self._sweeps.get((truth, seed, options))
        if swept is None:
            progress(0.0, "Making the pair")
            swept = sweep(self._pair(truth, seed), options, NOISES, progress)
            while len(self._sweeps) >= KEPT:
                self._sweeps.pop(next(iter(self._sweeps)), None)
            self._sweeps[truth, seed, options] = swept
        return swept


def _seed(value: float | None) -> int:
    if value is None or not float(value).is_integer() or not 0 <= value <= MOST_SEED:
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
