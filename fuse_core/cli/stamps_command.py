"""The ``stamps`` command: pictures with captions for ``evaluate``, from a folder of Tux Paint's stamps."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("folder", type=Path, metavar="STAMPS", help="the package's folder, share/tuxpaint/stamps")
    command.add_argument("output", type=Path, metavar="DIR", help="gets the folders 'choose' and 'report'")


def run_stamps(options: argparse.Namespace) -> dict:
    """Write the photographs and their captions, in the half to choose settings on and the half to report."""
    from fuse_core.analysis.stamps import save_stamps

    return {"output": str(options.output), "pictures": save_stamps(options.folder, options.output)}


def stamps_table(answer: dict) -> str:
    """One line a half."""
    lines = (f"{n} pictures and captions.json in {answer['output']}/{half}" for half, n in answer["pictures"].items())
    return "\n".join(lines)
