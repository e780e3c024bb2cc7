"""The command line: ``python -m fuse_core COMMAND ... [--json]``.

With ``--json`` one JSON object goes to stdout; without, a table for people. Progress and warnings go to stderr, and so
do errors: one sentence, exit code 2, no traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fuse_core.errors import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    _quiet_libraries()
    try:
        # Some libraries print while they load; stdout belongs to the answer.
        with contextlib.redirect_stdout(sys.stderr):
            answer = options.run(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted.", file=sys.stderr)
        return 130
    try:
        print(json.dumps(answer, ensure_ascii=False) if options.json else options.table(answer), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _quiet_libraries() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    logging.getLogger("fuse_core").setLevel(logging.INFO)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuse_core", description="Cross-tokenizer prompt optimisation.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    models = commands.add_parser("models", parents=[common], help="what is known, from where, whether it is here")
    models.set_defaults(run=run_models, table=_models_table)

    buckets = commands.add_parser("buckets", parents=[common], help="words by token length under two tokenizers")
    _add_pair(buckets)
    buckets.add_argument(
        "--words", type=int, default=200_000, metavar="N", help="most frequent English words (%(default)s)"
    )
    buckets.set_defaults(run=run_buckets, table=_buckets_table)

    fit = commands.add_parser("fit", parents=[common], help="fit the adapters of a pair and report their errors")
    _add_pair(fit)
    fit.add_argument("--bucketing", choices=("target", "pair"), help="fit this one only; default: both, compared")
    fit.add_argument("--ridge", default=None, metavar="auto|X", help="default: auto for pair, 0 for target")
    fit.add_argument("--examples", type=int, default=None, metavar="N", help="most words a bucket")
    fit.set_defaults(run=run_fit, table=_fit_table)

    _add_caption(commands.add_parser("caption", parents=[common], help="write a caption for a picture or a folder"))
    return parser


def _add_pair(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", required=True, metavar="S", help="model key, see 'models'")
    command.add_argument("--target", required=True, metavar="T", help="model key, see 'models'")
    command.add_argument("--max-tokens", type=int, default=4, metavar="L", help="longest word in tokens (%(default)s)")


def _add_caption(command: argparse.ArgumentParser) -> None:
    command.add_argument("image", type=Path, metavar="IMAGE|DIR")
    command.add_argument(
        "--preset", default="offline-caption", metavar="P", help="settings to start from (%(default)s)"
    )
    command.add_argument("--method", choices=("autodan",))
    command.add_argument("--search", choices=("beam", "greedy"))
    command.add_argument("--guidance", choices=("fuse", "native", "lm", "random"))
    command.add_argument("--bucketing", choices=("target", "pair"))
    for name, kind in (("steps", int), ("beams", int), ("candidates", int), ("seed", int)):
        command.add_argument(f"--{name}", type=kind, metavar="N")
    for name in ("lm-weight", "image-weight", "guidance-weight"):
        command.add_argument(f"--{name}", type=float, metavar="X")
    for name in ("prefix", "suffix"):
        command.add_argument(f"--{name}", metavar="TEXT")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="save the session (IMAGE) or the results (DIR) as JSON"
    )
    command.set_defaults(run=run_caption, table=_caption_table)


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
    import time

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
    import time

    from fuse_core.library import Library

    library = Library()
    answers = {}
    for bucketing in (options.bucketing,) if options.bucketing else ("pair", "target"):
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


def _fit_options(options: argparse.Namespace, bucketing: str):
    from fuse_core.fit import FitOptions

    ridge = options.ridge if options.ridge is not None else ("auto" if bucketing == "pair" else "0")
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
    from fuse_core.optimizers.config import CaptionConfig, load_preset
    from fuse_core.pictures import list_pictures

    base = load_preset(options.preset).as_dict()
    given = {name: getattr(options, name) for name in base if getattr(options, name, None) is not None}
    config = CaptionConfig.from_dict({**base, **given})
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


def _frame(rows: list[dict], **kwargs) -> str:
    return pd.DataFrame(rows).to_string(index=False, **kwargs)


def _models_table(answer: dict) -> str:
    rows = [
        {"key": m["key"], "here": "yes" if m["present"] else "no", "roles": ", ".join(m["roles"]), "from": m["origin"]}
        for m in answer["models"]
    ]
    return _frame(rows)


def _buckets_table(answer: dict) -> str:
    size = answer["max_tokens"]
    counts = pd.DataFrame(
        answer["counts"],
        index=[f"{i} {answer['source']} tokens" for i in range(1, size + 1)],
        columns=[f"{j} {answer['target']}" for j in range(1, size + 1)],
    )
    lines = [counts.to_string(), ""]
    for side in ("source", "target"):
        share = answer["coverage"][side]
        lines.append(
            f"{answer[side]}: at most {size} tokens for {share['by_occurrence']:.2%} of occurrences, "
            f"{share['by_word']:.2%} of {answer['words']:,} distinct words"
        )
    return "\n".join(lines)


def _fit_table(answer: dict) -> str:
    parts = []
    for name, one in answer["by_bucketing"].items():
        error, size = f"held-out error {one['heldout_error']:.4f}", f"{one['bytes']:,} bytes"
        parts.append(f"{name} bucketing: {error}, {size}, {one['path']}")
        parts.append(_frame(one["buckets"], float_format="{:.4g}".format))
    return "\n".join(parts)


def _caption_table(answer: dict) -> str:
    rows = answer.get("results", [answer])
    keys = ("image", "caption", "objective", "seconds", "error")
    return _frame([{k: row[k] for k in keys if k in row} for row in rows])
