"""The ``lessons`` command: what the lesson shows before any model is loaded, measured again."""

from __future__ import annotations

import argparse

from fuse_core.cli.placement import library_of


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="these alone; default: all that have such data")


def run_lessons(options: argparse.Namespace) -> dict:
    """Write the files."""
    from fuse_core.analysis.lessons.recorded import record

    return {"files": [path.name for path in record(library_of(options), options.chapters)]}


def lessons_table(answer: dict) -> str:
    """One line a file."""
    return "\n".join(answer["files"])
