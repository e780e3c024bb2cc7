"""Chapter 6: one bucket of real words fitted on more and more of them, with and without a ridge.

Where words are as many as the source has dimensions, the plain pseudoinverse of FUSE (arXiv 2408.04816) fits every
training word and is at its worst on new ones (Belkin, Hsu, Ma and Mandal, 2019, "double descent").
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import mean_error
from fuse_core.adapter.gcv import best_ridge
from fuse_core.adapter.least_squares import regression, word_parts
from fuse_core.adapter.normal_equations import NormalEquations, normal_equations
from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.analysis.ridge_curve import HeldoutPath, ridge_curve
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library

BUCKET = (1, 1)
STEPS = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 5 / 4, 3 / 2, 2, 4, 8, 16)  # words on trial, in dimensions of the source


@dataclass(frozen=True)
class WordsFit:
    """A fit on some words of the bucket; errors are relative, ``||A M - B|| / ||B||``.

    Attributes
    ----------
    words : int
        Training words.
    ridge : float
        The weight that cross-validation chooses.
    plain, chosen : (float, float)
        Training and held-out error without a ridge, and at that weight.
    weights, train, heldout : tuple of float
        Both errors along the grid of weights.
    seconds : float
    """

    words: int
    ridge: float
    plain: tuple[float, float]
    chosen: tuple[float, float]
    weights: tuple[float, ...]
    train: tuple[float, ...]
    heldout: tuple[float, ...]
    seconds: float


def sizes(dimensions: int, words: int) -> list[int]:
    """Numbers of training words on trial: shares and multiples of the source's dimensions, then all there are."""
    return [*(n for n in (int(step * dimensions) for step in STEPS) if n < words), words]


def fit_words(library: Library, words: int, progress: Progress | None = None) -> WordsFit:
    """Fit the bucket on so many of its training words, the same ones every time, and judge it on all held-out ones.

    Notes
    -----
    Of ``n`` words ``O(n d_src (d_src + d_tgt) + d_src**3)``: under two seconds once the words are sorted.
    """
    report_progress = progress or (lambda share, what: None)
    known = pair_words.pair_words(library, part_of(report_progress, 0.0, 0.7))
    tables = known.source.table, known.target.table
    training, others = _split(library, known)
    report_progress(0.7, f"Fitting {words:,} words")
    started = time.perf_counter()
    with torch.no_grad():
        rows = training[:words]
        path, _ = regression(*tables, rows, BUCKET, False, 0.0)
        parts = partial(word_parts, *tables, rows, BUCKET, False)
        curve, ridge = ridge_curve(path, parts, others), best_ridge(path, parts)
        chosen = math.sqrt(path.residual(ridge) / path.energy), _heldout(HeldoutPath(path, others), ridge)
    seconds = time.perf_counter() - started
    return WordsFit(len(rows), ridge, curve.plain, chosen, curve.weights, curve.train, curve.heldout, seconds)


def _split(library: Library, known: pair_words.PairWords) -> tuple[list[BucketRow], NormalEquations]:
    """The training words in an order of chance, so that the first are a sample of all, and the held-out ones' sums."""

    def make() -> tuple[list[BucketRow], NormalEquations]:
        rows = known.rows[BUCKET]
        training = [row for row in rows if not row.heldout]
        order = torch.randperm(len(training), generator=torch.Generator().manual_seed(0)).tolist()
        heldout = [row for row in rows if row.heldout]
        others = normal_equations(known.source.table, known.target.table, heldout, BUCKET, False)
        return [training[k] for k in order], others

    return library.once(("lesson split", pair_words.SOURCE, pair_words.TARGET), make)


def _heldout(path: HeldoutPath, ridge: float) -> float:
    return math.sqrt(path.residual(ridge) / path.energy)


def _measure(library: Library) -> dict[str, Any]:
    known = pair_words.pair_words(library)
    training, _ = _split(library, known)
    heldout = [row for row in known.rows[BUCKET] if row.heldout]
    dimensions = known.source.table.shape[1]
    return {
        "source": pair_words.SOURCE,
        "target": pair_words.TARGET,
        "bucket": BUCKET,
        "dimensions": dimensions,
        "heldout_words": len(heldout),
        "mean_error": mean_error(known.target.table, training, heldout, BUCKET[1]),
        "fits": [asdict(fit_words(library, n)) for n in sizes(dimensions, len(training))],
    }


LESSON = RecordedLesson("fit", 6, _measure)
