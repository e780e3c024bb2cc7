"""The ``experiment`` command: one experiment by name, or the list of those there are."""

from __future__ import annotations

import argparse
from pathlib import Path

from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import text_table
from fuse_core.common.errors import UserError


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("name", nargs="?", metavar="NAME", help="default: list the names")
    command.add_argument(
        "--size", choices=("small", "large"), default="small", help="large is what the page shows (%(default)s)"
    )
    command.add_argument(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="gets NAME.json and NAME.csv, of which `python -m ui.evidence DIR/NAME.json` draws the figures; an "
        "experiment that was broken off there goes on (%(default)s)",
    )


def run_experiment_command(options: argparse.Namespace) -> dict:
    """Measure, and write the record and its table."""
    from fuse_core.analysis.experiments.experiment import EXPERIMENTS
    from fuse_core.analysis.experiments.run import run_experiment
    from fuse_core.cli.commands import report_progress

    if options.name is None:
        return {"experiments": [{"name": e.name, "asks": e.title} for e in EXPERIMENTS.values()]}
    if options.name not in EXPERIMENTS:
        raise UserError(f"There is no experiment '{options.name}'.", f"Choose one of: {', '.join(EXPERIMENTS)}.")
    return run_experiment(library_of(options), EXPERIMENTS[options.name], options.size, options.out, report_progress)


def experiment_table(answer: dict) -> str:
    """The list, or the table and what it says."""
    if "experiments" in answer:
        return text_table(answer["experiments"])
    from fuse_core.analysis.experiments.experiment import EXPERIMENTS

    experiment = EXPERIMENTS[answer["experiment"]]
    titles = {column.name: column.title for column in experiment.columns}
    rows = [{titles[name]: value for name, value in row.items()} for row in answer["rows"]]
    left = [f"Left out: {item['error']}" for item in answer["left_out"]]
    return "\n".join([experiment.says(answer["rows"]), text_table(rows), *dict.fromkeys(left)])
