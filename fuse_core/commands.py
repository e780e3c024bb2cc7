"""What the commands of the command line do: options in, plain values for JSON out."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.errors import UserError

if TYPE_CHECKING:
    from fuse_core.adapter import Bucketing
    from fuse_core.fit import FitOptions
    from fuse_core.optimizers.config import CaptionConfig


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
    from fuse_core.buckets import bucket_words
    from fuse_core.corpus import english
    from fuse_core.library import Library

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
        adapter = library.adapter(options.source, options.target, settings, progress=_say)
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
    from fuse_core.fit import FitOptions, default_ridge

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


def run_caption(options: argparse.Namespace) -> dict:
    """Caption one picture or every picture of a folder."""
    from fuse_core.library import Library
    from fuse_core.pictures import list_pictures

    config = caption_config(options)
    library = Library()
    if not options.image.exists():
        raise UserError(f"There is no picture or folder '{options.image}'.", "Check the path.")
    if not options.image.is_dir():
        return _caption_one(library, config, options.image, options.out)
    results = []
    for path in list_pictures(options.image):
        try:
            results.append({"image": path.name, **_caption_one(library, config, path, None)})
        except UserError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            results.append({"image": path.name, "error": str(error)})
    answer = {"results": results}
    if options.out:
        _write(options.out, json.dumps(answer, ensure_ascii=False))
    return answer


def caption_config(options: argparse.Namespace) -> CaptionConfig:
    """The settings of a run: the preset, overridden by the file, overridden by the options.

    Raises
    ------
    UserError
        Naming the field that is wrong, and the file where it is in one.
    """
    from fuse_core.optimizers.config import CaptionConfig, load_config, load_preset
    from fuse_core.optimizers.sentiment import with_sentiment

    base = load_preset(options.preset)
    if options.config:
        base = load_config(options.config, base)
    values = base.as_dict()
    given = {name: getattr(options, name) for name in values if getattr(options, name, None) is not None}
    names = ("model", "weight", "prefix", "suffix")
    fields = {name: getattr(options, f"sentiment_{name}") for name in names}
    fields = {name: value for name, value in fields.items() if value is not None}
    return with_sentiment(CaptionConfig.from_dict({**values, **given}), options.sentiment, **fields)


def run_fidelity(options: argparse.Namespace) -> dict:
    """Rank correlation and recall of first-order scores, averaged over pictures and contexts."""
    from fuse_core.fidelity import CONTEXTS, WITHIN, PictureGauge
    from fuse_core.fidelity_report import points, report, words_for
    from fuse_core.library import Library
    from fuse_core.optimizers.config import PRESETS, load_preset
    from fuse_core.pictures import list_pictures, open_picture

    config = load_preset(options.preset)
    if options.candidates <= WITHIN:
        raise UserError(f"--candidates must be more than {WITHIN}, got {options.candidates}.")
    folder = options.images or PRESETS.parent / "images"
    if not folder.is_dir():
        raise UserError(f"There is no folder '{folder}'.", "Check the path.")
    words = words_for(options.at)
    library, results, images = Library(), [], []
    for path in list_pictures(folder):
        print(f"{path.name}: {len(CONTEXTS)} contexts", file=sys.stderr)
        gauge = PictureGauge.of(library, config, open_picture(path))
        results += [gauge.measure(context, options.candidates, words) for context in CONTEXTS]
        images += [path.name] * len(CONTEXTS)
    answer = report(results, images, options.at)
    answer |= {"created": datetime.now(UTC).date().isoformat(), "preset": options.preset}
    if options.points:
        answer["points"] = points(results[0], images[0], answer["linearised_at"])
    return answer


def _caption_one(library, config, path: Path, out: Path | None) -> dict:
    from fuse_core.optimizers.session import Session
    from fuse_core.pictures import open_picture

    session = Session.start(library, config, open_picture(path), _say, path.name)
    for step in session.run():
        best = step.beams[0]
        done = f"{path.name} step {step.index}/{config.steps}"
        print(f"{done}: {best.objective:.3f} {best.text.strip()}", file=sys.stderr)
    if out:
        _write(out, session.to_json())
    best = session.best
    return {
        "caption": session.caption,
        "objective": best.objective,
        "losses": best.losses,
        "seconds": round(sum(s.seconds for s in session.steps), 2),
        "steps": [
            {
                "text": s.beams[0].text.strip(),
                "objective": s.beams[0].objective,
                "losses": s.beams[0].losses,
                "evaluations": s.evaluations,
                "forwards": s.forwards,
                "seconds": round(s.seconds, 3),
            }
            for s in session.steps[1:]
        ],
        "config": config.as_dict(),
    }


def _write(path: Path, text: str) -> None:
    from fuse_core.storage import write_atomically

    write_atomically(path.absolute(), lambda temporary: temporary.write_text(text, "utf-8"))


def _say(share: float, what: str) -> None:
    print(f"[{share:4.0%}] {what}", file=sys.stderr)
