"""What the Fidelity view's controls do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import gradio as gr

from fuse_core.adapter.fit import Cancelled
from fuse_core.analysis.fidelity import BEST, CONTEXTS, ContextFidelity, EncodedTexts, FidelityProbe
from fuse_core.analysis.fidelity_report import points, report, words_for
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset
from ui.analyse.fidelity import figures as fidelity_figures
from ui.analyse.fidelity import tables as fidelity_tables
from ui.kit import fragments
from ui.kit.background import in_background
from ui.kit.examples import EXAMPLES, example
from ui.kit.guard import guarded, only_status
from ui.kit.jobs import Jobs
from ui.kit.texts import ASSETS

RECORDED = ASSETS / "recorded" / "fidelity.json"
OWN = "your own picture"
FEWEST, MOST = 300, 10_000
SHOWN = 9  # outputs of ``show``: status, two scatters, two bars, words, and three tables


@dataclass(frozen=True)
class Measured:
    """What one visitor has measured for one pair; never changed, so that states may be passed by reference."""

    pair: str
    images: tuple[str, ...]
    results: tuple[ContextFidelity, ...]


@cache
def recorded() -> dict:
    """The recorded run that seeds the view; read once, never changed."""
    return json.loads(RECORDED.read_text("utf-8"))


def views(found: dict, dots: dict, name: str) -> tuple:
    """The figures and tables of a report and of one context's points, in the order of the view's outputs."""
    best, within = found["best"], found["within"]
    return (
        fidelity_figures.scatter(dots, name, best, within),
        fidelity_figures.scatter(dots, "native", best, within),
        fidelity_figures.bars(found, "spearman"),
        fidelity_figures.bars(found, "recall"),
        fidelity_figures.by_word(found),
        fidelity_tables.summary(found),
        fidelity_tables.contexts(found),
        fidelity_tables.candidates(dots),
    )


def show(measured: Measured | None, at: str, name: str, within: float) -> tuple:
    """Everything on the view for what has been measured, or for the recorded run."""
    if measured is None:
        found = recorded()
        line = f"Recorded run of {found['created']}, smollm2 → minilm. {_facts(found, found['points'])}"
        return fragments.status(line), *views(found, found["points"], name)
    found = report(measured.results, measured.images, at, _within(within, measured))
    dots = points(measured.results[-1], measured.images[-1], found["linearised_at"])
    return fragments.status(f"{measured.pair}. {_facts(found, dots)}"), *views(found, dots, name)


def _facts(found: dict, dots: dict) -> str:
    where = ", ".join(word.strip() for word in found["linearised_at"])
    contexts = f"{len(found['contexts'])} context" + ("" if len(found["contexts"]) == 1 else "s")
    before = f"context “{dots['context'].strip()}”" if dots["context"] else "empty context"
    return (
        f"{contexts}, {found['candidates']:,} candidates each, gradient at “{where}”: FUSE reaches "
        f"{found['share']['fuse']:.1%} of native's correlation. The dots: {dots['image']}, {before}."
    )


def _within(within: float | None, measured: Measured) -> int:
    most = len(measured.results[0].tokens) - 1
    if within is None or not BEST <= within <= most:
        raise UserError(f"K must be a number from {BEST} to {most}, one less than the candidates measured.")
    return int(within)


class FidelityHandlers:
    """Stateless but for the shared library and the running jobs. Settings come last, in the order of the layout."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(SHOWN + 1)
    def one(self, request: gr.Request, source, target, picture, path, context, candidates, *look) -> Iterator[tuple]:
        """Measure one picture and context."""
        image = path if picture == OWN else example(picture)
        if image is None:
            raise UserError("There is no picture yet.", "Upload one, or choose an example.")
        checks.text("context", context)
        todo = [("your picture" if picture == OWN else picture, image, (_context(context),))]
        yield from self._measure(request, source, target, todo, candidates, look)

    @guarded(SHOWN + 1)
    def every(self, request: gr.Request, source, target, candidates, *look) -> Iterator[tuple]:
        """Measure all example pictures in four contexts each."""
        todo = [(path.stem, str(path), CONTEXTS) for path in EXAMPLES]
        yield from self._measure(request, source, target, todo, candidates, look)

    def _measure(self, request, source, target, todo, candidates, look) -> Iterator[tuple]:
        if candidates is None or not FEWEST <= candidates <= MOST:
            raise UserError(f"The number of candidates must be {FEWEST} to {MOST:,}.")
        config = replace(load_preset("offline-caption"), source=source, target=target)
        words = words_for(look[0])
        with self.jobs.started(request) as stop:

            def work(say: Progress) -> Measured:
                return self._results(config, todo, int(candidates), words, say)

            try:
                for news in in_background(work, stop):
                    if isinstance(news, tuple):
                        yield only_status(fragments.status(news[1], share=news[0]), SHOWN + 1)
                    else:
                        line, *rest = show(news, *look)
                        yield line, news, *rest
            except Cancelled:
                yield only_status(fragments.status("Cancelled. What was measured before is still shown."), SHOWN + 1)

    def _results(self, config: CaptionConfig, todo, candidates: int, words, progress: Progress) -> Measured:
        images, results, readings = [], [], EncodedTexts()
        total = sum(len(contexts) for _, _, contexts in todo)
        for label, path, contexts in todo:

            def setting_up(share: float, what: str) -> None:  # may load models and fit adapters: in its own words
                progress(len(results) / total, what)

            probe = FidelityProbe.of(self.library, config, open_picture(path), readings, setting_up)
            for context in contexts:
                progress(len(results) / total, f"{label}, “{context.strip()}”: scoring {candidates:,} candidates")
                results.append(probe.measure(context, candidates, words))
                images.append(label)
        return Measured(f"{config.source} → {config.target}", tuple(images), tuple(results))

    @guarded(SHOWN)
    def again(self, measured: Measured | None, *look) -> tuple:
        """The same measurements, looked at otherwise."""
        return show(measured, *look)


def _context(context: str) -> str:
    words = " ".join(context.split())
    return " " + words if words else ""
