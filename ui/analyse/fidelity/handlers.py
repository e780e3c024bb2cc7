"""What the Fidelity view's controls do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import gradio as gr

from fuse_core.analysis.fidelity import CONTEXTS
from fuse_core.analysis.fidelity_pictures import Todo, checked_candidates, checked_within, measure_pictures
from fuse_core.analysis.fidelity_report import AUTO, points, report, words_for
from fuse_core.analysis.fidelity_run import MEAN, FidelityRun
from fuse_core.analysis.fidelity_sentence import fidelity_sentence
from fuse_core.analysis.other_adapters import OtherAdapters
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.presets import load_preset
from ui.analyse.fidelity import figures, tables
from ui.kit import fragments
from ui.kit.examples import EXAMPLES, OWN, example
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line
from ui.kit.texts import ASSETS

RECORDED = ASSETS / "recorded" / "fidelity.json"
JOB = "fidelity"


@dataclass(frozen=True)
class Components:
    """What the handlers fill."""

    status: gr.HTML
    measured: gr.State
    scatter: gr.Plot
    target: gr.Plot
    spearman: gr.Plot
    recall: gr.Plot
    words: gr.Plot
    summary: gr.Dataframe
    contexts: gr.Dataframe
    candidates: gr.Dataframe


@cache
def recorded() -> FidelityRun:
    """The recorded run that seeds the view; read once, never changed."""
    return FidelityRun.from_dict(json.loads(RECORDED.read_text("utf-8")))


class FidelityHandlers:
    """Stateless but for the shared library and the running jobs.

    The last arguments of every handler say how to look at what was measured: the linearisation word, the gradient of
    the left figure, and K.
    """

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def one(
        self, request: gr.Request, source, target, picture, path, context, candidates, adapters, at, name, within
    ) -> Iterator[Update]:
        """Measure one picture and context."""
        image = path if picture == OWN else example(picture)
        if image is None:
            raise UserError("There is no picture yet.", "Upload one, or choose an example.")
        checks.text("context", context)
        words = " ".join(context.split())
        todo = [("your picture" if picture == OWN else picture, image, (words and " " + words,))]
        yield from self._measure(request, source, target, todo, candidates, adapters, at, name, within)

    @guarded
    def every(self, request: gr.Request, source, target, candidates, adapters, at, name, within) -> Iterator[Update]:
        """Measure all example pictures in four contexts each."""
        todo = [(path.stem, str(path), CONTEXTS) for path in EXAMPLES]
        yield from self._measure(request, source, target, todo, candidates, adapters, at, name, within)

    @guarded
    def show(self, measured: FidelityRun | None, at: str, name: str, within: float | None) -> Update:
        """What was measured, or the recorded run, at another word, another K, another gradient."""
        return self._shown(measured or recorded(), at, name, within)

    def _measure(
        self, request: gr.Request, source, target, todo: Todo, candidates, adapters, at, name, within
    ) -> Iterator[Update]:
        number = checked_candidates(candidates)
        self.runner.limits.check("words", number, "The number of candidates")
        checked_within(within, number)
        config = load_preset("offline-plain").changed(source=source, target=target)
        words = words_for(at)
        others = OtherAdapters(self.library, source, target, adapters) if adapters else None

        def work(report_progress: Progress) -> FidelityRun:
            return measure_pictures(self.library, config, todo, number, words, others, report_progress)

        run = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield {self.components.measured: run, **self._shown(run, at, name, within)}

    def _shown(self, run: FidelityRun, at: str, name: str, within: float | None) -> Update:
        k = checked_within(within, run.candidates)
        # A word typed, or taken from a link, may not have been measured: the figures then show the best one that was.
        absent = at not in (AUTO, MEAN) and " " + at.strip() not in run.words
        shown_at = AUTO if absent else at
        found, dots = report(run, shown_at, k), points(run, shown_at)
        line = _facts(run, found, dots)
        if absent:
            line = f"The gradient was not taken at '{at.strip()}': measure to take it there. Shown: {line}"
        parts = self.components
        return {
            parts.status: fragments.status(line),
            parts.scatter: figures.scatter(dots, name, found["best"], k),
            parts.target: figures.scatter(dots, "target", found["best"], k),
            parts.spearman: figures.bars(found, "spearman"),
            parts.recall: figures.bars(found, "recall"),
            parts.words: figures.by_word(found),
            parts.summary: tables.summary(found),
            parts.contexts: tables.contexts(found),
            parts.candidates: tables.candidates(dots),
        }


def _facts(run: FidelityRun, found: dict, dots: dict) -> str:
    pair = f"{run.source} → {run.target}"
    head = f"Recorded run of {run.created}, {pair}" if run.created else pair
    before = f"context “{dots['context'].strip()}”" if dots["context"] else "empty context"
    return f"{head}. {fidelity_sentence(found)} The dots: {dots['image']}, {before}."
