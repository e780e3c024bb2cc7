"""Fidelity over several pictures, each in contexts of its own; and of what size a measurement may be."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.analysis.fidelity import EncodedTexts
from fuse_core.analysis.fidelity_probe import FidelityProbe
from fuse_core.analysis.fidelity_run import ContextSummary, FidelityRun
from fuse_core.analysis.other_adapters import OtherAdapters
from fuse_core.analysis.rank_measures import BEST
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig

FEWEST, MOST = 300, 10_000  # candidates

Todo = Sequence[tuple[str, str, Sequence[str]]]


def checked_candidates(candidates: float | None) -> int:
    """A number of candidates; ``UserError`` for what is none that can be measured."""
    if candidates is None or not float(candidates).is_integer() or not FEWEST <= candidates <= MOST:
        raise UserError(f"The number of candidates must be a whole number from {FEWEST} to {MOST:,}.")
    return int(candidates)


def checked_within(within: float | None, candidates: int) -> int:
    """K, of so many candidates; ``UserError`` for what it cannot be."""
    if within is None or not float(within).is_integer() or not BEST <= within < candidates:
        raise UserError(
            f"K must be a whole number from {BEST} to {candidates - 1:,}, one less than the candidates measured."
        )
    return int(within)


def measure_pictures(
    library: Library,
    config: CaptionConfig,
    todo: Todo,
    candidates: int,
    words: Sequence[str],
    others: OtherAdapters | None,
    progress: Progress,
) -> FidelityRun:
    """Measure every picture in its contexts; the last one is drawn.

    Parameters
    ----------
    todo : sequence
        Of pictures: what they are called, their paths, and the contexts to measure.
    candidates : int
        As ``checked_candidates`` lets pass.
    words : sequence of str
        Words to take the gradient at, see ``words_for``.

    Raises
    ------
    UserError
        For models that cannot be measured, and pictures that cannot be read.
    """
    summaries, encoded, drawn = [], EncodedTexts(), []
    total = sum(len(contexts) for _, _, contexts in todo)
    for label, path, contexts in todo:

        def setting_up(share: float, what: str) -> None:  # may load models and fit adapters: in its own words
            progress(len(summaries) / total, what)

        setting_up(0.0, f"{label}: setting up")
        probe = FidelityProbe.of(library, config, open_picture(path), encoded, setting_up, others)
        for context in contexts:
            progress(len(summaries) / total, f"{label}, “{context.strip()}”: scoring {candidates:,} candidates")
            drawn = [label, probe.measure(context, candidates, words, setting_up)]
            summaries.append(ContextSummary.of(*drawn))
    return FidelityRun(config.source, config.target, tuple(summaries), drawn=drawn[1], image=drawn[0])
