"""The ``compare`` command: the same number of candidates under every arm, over the pictures of a folder."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.picture_sets import readable_pictures
from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import markdown_table, text_table
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import to_json

NUMBERS = ("steps", "beams", "candidates", "seed")
SETTINGS = (*NUMBERS, "budget")
PRESET = "offline-plain"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of pictures; default: the evaluation set")
    command.add_argument(
        "--unit", choices=("token", "both"), help="arms without words (token) or with them (both); default: all"
    )
    command.add_argument("--preset", metavar="P", help=f"settings of all arms ({PRESET})")
    for name in NUMBERS:
        command.add_argument(f"--{name}", type=int, metavar="N", help="default: the preset's")
    command.add_argument("--budget", choices=("even", "probed"), help="which candidates are evaluated (the preset's)")
    command.add_argument("--record", type=Path, metavar="FILE", help="write what the page shows as its recorded run")
    command.add_argument("--read", type=Path, metavar="FILE", help="show what --record wrote, without measuring")
    command.add_argument(
        "--markdown", dest="table", action="store_const", const=markdown_tables, help="print the tables as Markdown"
    )


def run_compare(options: argparse.Namespace) -> dict:
    """Every picture under every arm, means, and paired differences with their intervals."""
    from fuse_core.analysis.comparison_record import read_record

    if options.json and options.table is markdown_tables:
        raise UserError("--json and --markdown are two forms of one answer.", "Give one of them.")
    if options.read is None:
        return _measure(options)
    for name in ("images", "unit", "preset", "record", *SETTINGS):
        if getattr(options, name) is not None:
            raise UserError(f"--{name} goes without --read, which shows what was measured.")
    return read_record(options.read)


def _measure(options: argparse.Namespace) -> dict:
    from fuse_core.analysis.arm_runs import compared, run_arms
    from fuse_core.analysis.arms import arms_of
    from fuse_core.analysis.comparison import picture_result, summary
    from fuse_core.analysis.comparison_record import VERSION
    from fuse_core.search.presets import PRESETS, load_preset

    given = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    preset = options.preset or PRESET
    config = load_preset(preset).changed(**given)
    check_outputs({"--record": options.record})
    folder, arms = options.images or PRESETS.parent / "evaluation", arms_of(options.unit)
    library, results, skipped = library_of(options), [], []
    for name, picture in readable_pictures(folder, skipped):
        runs = []
        for run in run_arms(library, config, picture, arms):
            runs.append(run)
            print(f"{name}, {run.arm}: {run.objective:.3f} {run.caption}", file=sys.stderr)
        results.append(picture_result(name, runs))
    today = datetime.now(UTC).date().isoformat()
    answer = {"version": VERSION, "preset": preset, "folder": folder.name, "created": today}
    answer |= {"config": compared(config).as_dict()} | summary(results) | {"results": results}
    if skipped:
        answer["skipped"] = skipped
    write_outputs(answer, {options.record: to_json(answer) + "\n"} if options.record else {})
    return answer


def compare_table(answer: dict) -> str:
    """Means by arm, then what the differences say."""
    from fuse_core.analysis.comparison_record import means

    head = f"Means over {answer['pictures']} pictures of {answer['folder']}; lower is better."
    says = [f"{pair['question']} {pair['says']}" for pair in answer["pairs"]]
    return "\n".join([head, text_table(means(answer)), *says])


def markdown_tables(answer: dict) -> str:
    """Means by arm and differences by pair, as the README has them."""
    from fuse_core.analysis.comparison_record import differences, means

    return f"{markdown_table(means(answer))}\n\n{markdown_table(differences(answer))}"
