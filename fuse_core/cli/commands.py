"""What the commands of the command line do: options in, plain values for JSON out."""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuse_core.cli.adapters_command import run_adapters
from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.placement import library_of
from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from fuse_core.adapter.adapter import Adapter
    from fuse_core.adapter.fit import FitOptions
    from fuse_core.adapter.map import Bucketing
    from fuse_core.library import Library


def run_models(options: argparse.Namespace) -> dict:
    """Every entry of the catalog, and the device that models would run on."""
    from fuse_core.common import devices
    from fuse_core.common.artefacts import ArtefactStore
    from fuse_core.common.storage import cache_dir
    from fuse_core.models.architectures import table
    from fuse_core.models.catalog import entries
    from fuse_core.models.entry import TOKENIZER

    if options.markdown:
        check_outputs({"--markdown": options.markdown})
    fields = ("key", "title", "family", "origin", "licence", "present")
    device, store = devices.described(devices.chosen_name(options.device)), ArtefactStore(cache_dir())
    answer = {
        "device": device.as_dict(),
        "dtype": devices.chosen_precision(options.dtype),
        "models": [
            {name: getattr(e, name) for name in fields}
            | {"roles": list(e.roles), "facts": e.facts(store)}
            | {"device": None if e.roles == (TOKENIZER,) else device.name}
            for e in entries()
        ],
    }
    if options.markdown:
        write_outputs(answer, {options.markdown: table.markdown()})
    return answer


def add_models_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of ``models``."""
    command.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the table of architectures that can be used, too"
    )


def run_buckets(options: argparse.Namespace) -> dict:
    """Words by (source length, target length) and coverage."""
    from fuse_core.library import Library
    from fuse_core.words.buckets import bucket_words
    from fuse_core.words.comparison import same_tokenizer
    from fuse_core.words.corpus import english

    started = time.perf_counter()
    if not 1 <= options.max_tokens <= 16:
        raise UserError(f"--max-tokens must be 1 to 16, got {options.max_tokens}.")
    library = Library()
    source, target = library.tokenizer(options.source), library.tokenizer(options.target)
    table = bucket_words(source, target, english(options.words), options.max_tokens)
    return {
        "source": options.source,
        "target": options.target,
        "words": len(table.words),
        "max_tokens": options.max_tokens,
        "counts": table.counts().tolist(),
        "coverage": table.coverage(),
        "same_tokenizer": same_tokenizer(source, target),
        "seconds": round(time.perf_counter() - started, 2),
    }


def run_fit(options: argparse.Namespace) -> dict:
    """Fit (or find in the cache) the adapters of a pair; the fields of the first stand at the top."""
    from fuse_core.analysis.distinct_models import check_distinct

    if options.method is not None:
        return run_adapters(options, report_progress)
    if options.images is not None:
        raise UserError("--images goes with --method, whose gradients it is about.", "Add --method all.")
    check_distinct(options.source, options.target)
    library = library_of(options)
    answers, adapters, fits = {}, {}, {}
    both: tuple[Bucketing, ...] = ("pair",) if options.features == "layers" else ("pair", "target")
    chosen = (options.bucketing,) if options.bucketing else both
    for bucketing in chosen:
        settings = _fit_options(options, bucketing)
        started = time.perf_counter()
        adapter = library.adapter(options.source, options.target, settings, progress=report_progress)
        adapters[bucketing], fits[bucketing] = adapter, settings
        answers[bucketing] = {
            "bucketing": bucketing,
            "features": settings.features,
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
            "path": str(library.adapter_file(options.source, options.target, settings)),
        }
    common = _common_heldout(library, options, adapters, fits) if len(chosen) > 1 else None
    return {**next(iter(answers.values())), "by_bucketing": answers, "common_heldout": common}


def _common_heldout(
    library: Library,
    options: argparse.Namespace,
    adapters: dict[Bucketing, Adapter],
    fits: dict[Bucketing, FitOptions],
) -> dict:
    """Errors of both bucketings on the words that both held out."""
    from fuse_core.adapter.bucket_rows import sorted_rows, word_rows
    from fuse_core.analysis.common_words import Buckets, common_errors

    source, target = library.vocabulary_side(options.source), library.vocabulary_side(options.target)
    corpus = library.fit_corpus(options.source, next(iter(fits.values())))
    known = word_rows(source.tokenizer, target.tokenizer, corpus)
    rows: dict[Bucketing, Buckets] = {
        name: sorted_rows(known, name, fit.max_tokens, fit.examples) for name, fit in fits.items()
    }
    found = common_errors(source.table, target.table, adapters, rows)
    errors = {
        name: {"error": _known(e.error), "weighted_error": _known(e.weighted)} for name, e in found.errors.items()
    }
    return {"words": found.words, **errors}


def _known(value: float) -> float | None:
    """JSON knows no NaN, which stands for what was not measured."""
    return None if math.isnan(value) else value


def _fit_options(options: argparse.Namespace, bucketing: Bucketing) -> FitOptions:
    from fuse_core.adapter.fit import FitOptions, default_ridge

    ridge = default_ridge(bucketing) if options.ridge is None else options.ridge
    if ridge != "auto":
        try:
            ridge = float(ridge)
        except ValueError:
            raise UserError(f"--ridge must be 'auto' or a number, got '{ridge}'.") from None
    limits: dict[str, Any] = {} if options.max_tokens is None else {"max_tokens": options.max_tokens}
    if options.examples is not None:
        limits["examples"] = options.examples
    if options.features is not None:
        limits["features"] = options.features
    return FitOptions(bucketing=bucketing, ridge=ridge, **limits)  # type: ignore[arg-type]


def report_progress(share: float, what: str) -> None:
    print(f"[{share:4.0%}] {what}", file=sys.stderr)
