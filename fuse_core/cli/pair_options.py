"""Options of the commands that look at a pair of models: buckets, fit, fidelity."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_buckets(command: argparse.ArgumentParser) -> None:
    add_pair(command)
    command.add_argument(
        "--words", type=int, default=200_000, metavar="N", help="most frequent English words (%(default)s)"
    )


def add_fit(command: argparse.ArgumentParser) -> None:
    add_pair(command)
    command.add_argument("--bucketing", choices=("target", "pair"), help="fit this one only; default: both, compared")
    command.add_argument(
        "--features",
        choices=("embedding", "layers"),
        help="what words of one token are mapped from: their embedding (default), or S's first layers, too, "
        "which is for pair buckets alone",
    )
    command.add_argument("--ridge", default=None, metavar="auto|X", help="default: auto for pair, 0 for target")
    command.add_argument("--examples", type=int, default=None, metavar="N", help="most words a bucket")
    command.add_argument(
        "--method", metavar="NAME|all", help="instead, judge this kind of adapter, or all, on words of one token"
    )
    command.add_argument("--images", type=Path, metavar="DIR", help="with --method: pictures; default: the examples")
    command.set_defaults(max_tokens=None)  # with --method it must not be given


def add_fidelity(command: argparse.ArgumentParser) -> None:
    command.add_argument("--preset", default="offline-plain", metavar="P", help="models and prefix (%(default)s)")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of pictures; default: the examples")
    command.add_argument("--candidates", type=int, default=2000, metavar="N", help="tokens a context (%(default)s)")
    command.add_argument(
        "--at",
        default="auto",
        metavar="auto|mean|WORD",
        help="where the gradient is taken: at the word that serves fuse best by the true losses, "
        "averaged as a search does, or at a word",
    )
    command.add_argument(
        "--adapters", nargs="+", default=(), metavar="NAME|all", help="other kinds of adapters to measure beside fuse"
    )
    command.add_argument("--points", action="store_true", help="add every candidate of the first context to the JSON")
    command.add_argument("--record", type=Path, metavar="FILE", help="write what the page shows as its recorded run")


def add_pair(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", required=True, metavar="S", help="model key, see 'models'")
    command.add_argument("--target", required=True, metavar="T", help="model key, see 'models'")
    command.add_argument("--max-tokens", type=int, default=4, metavar="L", help="longest word in tokens (4)")
