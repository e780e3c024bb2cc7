"""The ``prepare`` command: what a first run, the page and the tests would make and keep, made beforehand."""

from __future__ import annotations

import argparse
import time

from fuse_core.cli.commands import report_progress
from fuse_core.cli.placement import library_of


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument(
        "--preset", metavar="P", help="for this preset alone; default: for every preset whose models are here"
    )


def run_prepare(options: argparse.Namespace) -> dict:
    """Make what is not there yet: converted models, adapters, word tables and the sentiment head."""
    from fuse_core.search.preparation import prepare, presets_at_hand
    from fuse_core.search.presets import load_preset

    started = time.perf_counter()
    names = [options.preset] if options.preset else presets_at_hand()
    library = library_of(options)
    prepare(library, [load_preset(name) for name in names], report_progress)
    return {"presets": names, "cache": str(library.cache), "seconds": round(time.perf_counter() - started, 2)}


def prepare_table(answer: dict) -> str:
    """One line."""
    return f"Ready in {answer['cache']} ({answer['seconds']} s): {', '.join(answer['presets'])}"
