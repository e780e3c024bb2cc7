"""The adapters of a pair, and their errors."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, default_ridge
from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.common_words import Buckets, common_errors
from fuse_core.analysis.distinct_models import check_distinct
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library

Fits = Mapping[Bucketing, FitOptions]


def fits_of(
    bucketing: str | None = None,
    features: str | None = None,
    ridge: str | float | None = None,
    max_tokens: int | None = None,
    examples: int | None = None,
) -> Fits:
    """The fits that options ask for, by bucketing; what is None is each bucketing's own.

    Parameters
    ----------
    bucketing : 'pair', 'target' or None
        One of them; None for both, of which ``layers`` knows the pair alone.

    Raises
    ------
    UserError
        Naming the option that is wrong.
    """
    both = ("pair",) if features == "layers" else ("pair", "target")
    chosen: dict[str, object] = {"max_tokens": max_tokens, "examples": examples, "features": features}
    given = {name: value for name, value in chosen.items() if value is not None}
    found = {}
    for name in (bucketing,) if bucketing else both:
        found[name] = FitOptions(bucketing=name, ridge=_ridge(ridge, name), **given)  # type: ignore[arg-type]
        found[name].check()
    return found


def _ridge(given: str | float | None, bucketing: str) -> float | str:
    if given is None:
        return default_ridge(bucketing) if bucketing in ("pair", "target") else 0.0  # type: ignore[arg-type]
    try:
        return "auto" if given == "auto" else float(given)
    except ValueError:
        raise UserError(f"'ridge' must be 'auto' or a number, got '{given}'.", fields=("ridge",)) from None


def fit_answer(library: Library, source: str, target: str, fits: Fits, progress: Progress) -> dict:
    """Fit (or find in the cache) the adapters of a pair; the fields of the first stand at the top.

    Where both bucketings are fitted, their errors on the words that both held out are told as well.

    Raises
    ------
    UserError
        For models between which there is nothing to map.
    """
    check_distinct(source, target)
    answers, adapters = {}, {}
    for k, (name, options) in enumerate(fits.items()):
        started = time.perf_counter()
        part = part_of(progress, k / len(fits), (k + 1) / len(fits))
        adapter = library.adapter(source, target, options, progress=part)
        adapters[name] = adapter
        answers[name] = {
            "bucketing": name,
            "features": options.features,
            "heldout_error": adapter.heldout_error(),
            "explained": _known(adapter.explained()),
            "buckets": [
                {
                    "i": r.i or None,
                    "j": r.j,
                    "words": r.words,
                    "heldout_words": r.heldout_words,
                    "train_error": r.train_error,
                    "heldout_error": _known(r.heldout_error),
                    "weighted_error": _known(r.weighted_error),
                    "explained": _known(r.explained),
                    "ridge": r.ridge,
                    "seconds": r.seconds,
                }
                for r in adapter.reports
            ],
            "bytes": adapter.bytes,
            "seconds": round(time.perf_counter() - started, 2),
        }
    common = _common_heldout(library, source, target, adapters, fits) if len(fits) > 1 else None
    return {**next(iter(answers.values())), "by_bucketing": answers, "common_heldout": common}


def _common_heldout(
    library: Library, source: str, target: str, adapters: Mapping[Bucketing, Adapter], fits: Fits
) -> dict:
    """Errors of both bucketings on the words that both held out."""
    s, t = library.vocabulary_side(source), library.vocabulary_side(target)
    known = word_rows(s.tokenizer, t.tokenizer, library.fit_corpus(source, next(iter(fits.values()))))
    rows: dict[Bucketing, Buckets] = {
        name: sorted_rows(known, name, fit.max_tokens, fit.examples) for name, fit in fits.items()
    }
    found = common_errors(s.table, t.table, adapters, rows)
    errors = {
        name: {"error": _known(e.error), "weighted_error": _known(e.weighted)} for name, e in found.errors.items()
    }
    return {"words": found.words, **errors}


def _known(value: float) -> float | None:
    """JSON knows no NaN, which stands for what was not measured."""
    return None if math.isnan(value) else value
