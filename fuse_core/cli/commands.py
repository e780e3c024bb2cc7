"""What the commands of the command line do: options in, plain values for JSON out."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from fuse_core.adapter.adapter import Bucketing
    from fuse_core.adapter.fit import FitOptions


def run_models(options: argparse.Namespace) -> dict:
    """Every entry of the catalog."""
    from fuse_core.models.catalog import ENTRIES

    fields = ("key", "title", "family", "origin", "licence")
    return {
        "models": [
            {name: getattr(e, name) for name in fields} | {"roles": list(e.roles), "present": e.present}
            for e in ENTRIES
        ]
    }


def run_buckets(options: argparse.Namespace) -> dict:
    """Words by (source length, target length) and coverage."""
    from fuse_core.library import Library
    from fuse_core.words.buckets import bucket_words
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
        "seconds": round(time.perf_counter() - started, 2),
    }


def run_fit(options: argparse.Namespace) -> dict:
    """Fit (or find in the cache) the adapters of a pair; the fields of the first stand at the top."""
    from fuse_core.library import Library

    library = Library()
    answers = {}
    chosen: tuple[Bucketing, ...] = (options.bucketing,) if options.bucketing else ("pair", "target")
    for bucketing in chosen:
        settings = _fit_options(options, bucketing)
        started = time.perf_counter()
        adapter = library.adapter(options.source, options.target, settings, progress=say)
        answers[bucketing] = {
            "bucketing": bucketing,
            "heldout_error": adapter.heldout_error(),
            "buckets": [
                {
                    "i": r.i or None,
                    "j": r.j,
                    "words": r.words,
                    "heldout_words": r.heldout_words,
                    "train_error": r.train_error,
                    "heldout_error": r.heldout_error if r.heldout_words else None,
                    "ridge": r.ridge,
                    "seconds": r.seconds,
                }
                for r in adapter.reports
            ],
            "bytes": adapter.bytes,
            "seconds": round(time.perf_counter() - started, 2),
            "path": str(library.adapter_file(options.source, options.target, settings)),
        }
    return {**next(iter(answers.values())), "by_bucketing": answers}


def _fit_options(options: argparse.Namespace, bucketing: Bucketing) -> FitOptions:
    from fuse_core.adapter.fit import FitOptions, default_ridge

    ridge = default_ridge(bucketing) if options.ridge is None else options.ridge
    if ridge != "auto":
        try:
            ridge = float(ridge)
        except ValueError:
            raise UserError(f"--ridge must be 'auto' or a number, got '{ridge}'.") from None
    limits = {"max_tokens": options.max_tokens}
    if options.examples is not None:
        limits["examples"] = options.examples
    return FitOptions(bucketing=bucketing, ridge=ridge, **limits)  # type: ignore[arg-type]


def run_fidelity(options: argparse.Namespace) -> dict:
    """Rank correlation and recall of first-order scores, averaged over pictures and contexts."""
    from fuse_core.analysis.fidelity import EncodedTexts
    from fuse_core.analysis.fidelity_probe import CONTEXTS, FidelityProbe
    from fuse_core.analysis.fidelity_report import points, report, words_for
    from fuse_core.analysis.fidelity_run import ContextSummary, FidelityRun
    from fuse_core.analysis.rank_measures import WITHIN
    from fuse_core.common.picture_folder import list_pictures
    from fuse_core.common.pictures import open_picture
    from fuse_core.common.text_files import to_json
    from fuse_core.library import Library
    from fuse_core.search.presets import PRESETS, load_preset

    config = load_preset(options.preset)
    if options.candidates <= WITHIN:
        raise UserError(f"--candidates must be more than {WITHIN}, got {options.candidates}.")
    folder = options.images or PRESETS.parent / "images"
    if not folder.is_dir():
        raise UserError(f"There is no folder '{folder}'.", "Check the path.")
    words = words_for(options.at)
    paths = list_pictures(folder)
    library, encoded, summaries, drawn = Library(), EncodedTexts(), [], []
    for path in paths:
        print(f"{path.name}: {len(CONTEXTS)} contexts", file=sys.stderr)
        probe = FidelityProbe.of(library, config, open_picture(path), encoded)
        for context in CONTEXTS:
            measured = probe.measure(context, options.candidates, words)
            summaries.append(ContextSummary.of(path.name, measured))
            drawn = drawn or [measured]  # the first, as the page's recorded run shows it
    today = datetime.now(UTC).date().isoformat()
    run = FidelityRun(config.source, config.target, tuple(summaries), drawn[0], paths[0].name, today)
    answer = report(run, options.at) | {"created": today, "preset": options.preset}
    if options.points:
        answer["points"] = points(run, options.at)
    if options.record:
        options.record.write_text(to_json(run.as_dict()) + "\n", "utf-8")
    return answer


def say(share: float, what: str) -> None:
    print(f"[{share:4.0%}] {what}", file=sys.stderr)
