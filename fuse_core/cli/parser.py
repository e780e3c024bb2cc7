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

from fuse_core.cli import caption_command, commands
from fuse_core.cli import tables as cli_tables
from fuse_core.common.errors import UserError


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
    add = parser.add_subparsers(required=True, metavar="COMMAND")

    models = add.add_parser("models", parents=[common], help="what is known, from where, whether it is here")
    models.set_defaults(run=commands.run_models, table=cli_tables.models_table)

    buckets = add.add_parser("buckets", parents=[common], help="words by token length under two tokenizers")
    _add_pair(buckets)
    buckets.add_argument(
        "--words", type=int, default=200_000, metavar="N", help="most frequent English words (%(default)s)"
    )
    buckets.set_defaults(run=commands.run_buckets, table=cli_tables.buckets_table)

    fit = add.add_parser("fit", parents=[common], help="fit the adapters of a pair and report their errors")
    _add_pair(fit)
    fit.add_argument("--bucketing", choices=("target", "pair"), help="fit this one only; default: both, compared")
    fit.add_argument("--ridge", default=None, metavar="auto|X", help="default: auto for pair, 0 for target")
    fit.add_argument("--examples", type=int, default=None, metavar="N", help="most words a bucket")
    fit.set_defaults(run=commands.run_fit, table=cli_tables.fit_table)

    fidelity = add.add_parser("fidelity", parents=[common], help="predicted against true losses of candidate tokens")
    fidelity.add_argument("--preset", default="offline-caption", metavar="P", help="models and prefix (%(default)s)")
    fidelity.add_argument("--images", type=Path, metavar="DIR", help="folder of pictures; default: the examples")
    fidelity.add_argument("--candidates", type=int, default=2000, metavar="N", help="tokens a context (%(default)s)")
    fidelity.add_argument(
        "--at",
        default="auto",
        metavar="auto|mean|WORD",
        help="where the gradient is taken: at the word that serves fuse best, averaged as a search does, or at a word",
    )
    fidelity.add_argument("--points", action="store_true", help="add every candidate of the first context to the JSON")
    fidelity.set_defaults(run=commands.run_fidelity, table=cli_tables.fidelity_table)

    _add_caption(add.add_parser("caption", parents=[common], help="write a caption for a picture or a folder"))
    return parser


def _add_pair(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", required=True, metavar="S", help="model key, see 'models'")
    command.add_argument("--target", required=True, metavar="T", help="model key, see 'models'")
    command.add_argument("--max-tokens", type=int, default=4, metavar="L", help="longest word in tokens (%(default)s)")


def _add_caption(command: argparse.ArgumentParser) -> None:
    command.add_argument("image", type=Path, metavar="IMAGE|DIR")
    command.add_argument(
        "--preset", metavar="P", help="settings to start from (offline-caption, or by the sentiment offline-positive)"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="JSON of settings that differ from the preset; options override it"
    )
    command.add_argument(
        "--sentiment", choices=("none", "positive", "negative"), help="draw the caption to it with a third model"
    )
    command.add_argument("--sentiment-model", metavar="C", help="classifier's key, see 'models'")
    command.add_argument("--method", choices=("autodan", "gcg", "pez", "random"))
    command.add_argument("--search", choices=("beam", "greedy", "uniform-cost"))
    command.add_argument("--lm-loss", choices=("nll", "log_prob", "cross_entropy", "kl_div"))
    command.add_argument("--ball", choices=("l0", "l2"), help="random: what counts as near")
    command.add_argument("--pin", dest="pinned", action="append", metavar="WORD", help="a word every prompt must hold")
    command.add_argument("--ban", dest="banned", action="append", metavar="WORD", help="a word no prompt may hold")
    command.add_argument("--unit", choices=("token", "word", "both"), help="autodan: what a step appends")
    command.add_argument("--guidance", choices=("fuse", "native", "lm", "random"))
    command.add_argument("--bucketing", choices=("target", "pair"))
    for name in ("steps", "beams", "candidates", "seed", "length", "top-k", "moves"):
        command.add_argument(f"--{name}", type=int, metavar="N")
    for name in ("lm-weight", "image-weight", "guidance-weight", "sentiment-weight", "rate", "radius"):
        command.add_argument(f"--{name}", type=float, metavar="X")
    for name in ("prefix", "suffix", "image-prefix", "image-suffix", "sentiment-prefix", "sentiment-suffix"):
        command.add_argument(f"--{name}", metavar="TEXT")
    for name in ("lm-text", "start"):
        command.add_argument(f"--{name}", metavar="TEXT")
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="save the session (IMAGE) or the results (DIR); for a DIR a .jsonl grows by the picture and is resumed",
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="the results of a DIR as a table")
    command.set_defaults(run=caption_command.run_caption, table=cli_tables.caption_table)
