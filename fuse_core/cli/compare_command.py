"""The ``compare`` command: the same number of candidates under every arm, over the pictures of a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fuse_core.cli import engine_options
from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.picture_sets import pictures_in, tell_left_out
from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import markdown_table, text_table
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_path, to_json

NUMBERS = ("steps", "beams", "candidates")
SETTINGS = (*NUMBERS, "method", "budget")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fuse_core.search.methods.registry import METHODS

    command.add_argument("--images", type=Path, metavar="DIR", help="folder of pictures; default: the evaluation set")
    command.add_argument(
        "--unit", choices=("token", "both"), help="arms without words (token) or with them (both); default: all"
    )
    command.add_argument("--preset", metavar="P", help="settings of all arms (offline-plain)")
    command.add_argument("--method", choices=list(METHODS), help="default: the preset's")
    for name in NUMBERS:
        command.add_argument(f"--{name}", type=int, metavar="N", help="default: the preset's")
    command.add_argument(
        "--seed", type=int, nargs="+", metavar="N", help="one run for each; means are over them (the preset's)"
    )
    command.add_argument("--budget", choices=("even", "probed"), help="which candidates are evaluated (the preset's)")
    command.add_argument("--record", type=Path, metavar="FILE", help="write what the page shows as its recorded run")
    command.add_argument(
        "--read",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="show what --record wrote, without measuring; of all shards together, --record writes it as one",
    )
    engine_options.add_arguments(command)
    command.add_argument(
        "--markdown", dest="table", action="store_const", const=markdown_tables, help="print the tables as Markdown"
    )


def run_compare(options: argparse.Namespace) -> dict:
    """Every picture under every arm, means, and paired differences with their intervals."""
    if options.json and options.table is markdown_tables:
        raise UserError("--json and --markdown are two forms of one answer.", "Give one of them.")
    if options.read is None:
        return _measure(options)
    record = ["record"] * (len(options.read) == 1)  # there is nothing new to write
    for name in ("images", "unit", "preset", "seed", *engine_options.GIVEN, *SETTINGS, *record):
        if getattr(options, name) is not None:
            raise UserError(f"--{name} goes without --read, which shows what was measured.")
    return _read(options)


def _read(options: argparse.Namespace) -> dict:
    from fuse_core.analysis.comparison_merge import merged_record
    from fuse_core.analysis.comparison_record import read_record

    check_outputs({"--record": options.record}, options.read)
    records = {shown_path(path): read_record(path) for path in options.read}
    if len(records) < len(options.read):
        raise UserError("A file is given twice.", "Name each once.")
    if len(records) == 1:
        return next(iter(records.values()))
    answer = merged_record(records)
    write_outputs(answer, {options.record: to_json(answer) + "\n"} if options.record else {})
    return answer


def _measure(options: argparse.Namespace) -> dict:
    from fuse_core.analysis.arms import arms_of
    from fuse_core.analysis.comparison_record import record_of
    from fuse_core.analysis.comparison_run import PRESET, compare_by_workers, compare_pictures, picture_names, rows_of
    from fuse_core.search.presets import PRESETS, load_preset

    given = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    preset = options.preset or PRESET
    base = load_preset(preset).changed(**given)
    seeds = options.seed or [base.seed]
    config, *_ = [base.changed(seed=seed) for seed in seeds]
    check_outputs({"--record": options.record})
    folder, arms = options.images or PRESETS.parent / "evaluation", arms_of(options.unit, config.method)
    found, skipped = [], []
    paths = engine_options.part(options, pictures_in(folder, skipped))
    engine_options.check(options)
    if options.engine == engine_options.RAY:
        runs = compare_by_workers(engine_options.ray_pool(options), config, paths, arms, seeds, skipped)
    else:
        runs = compare_pictures(library_of(options), config, paths, arms, seeds, skipped)
    for item in runs:
        found.append(item)
        print(f"{item.image}, {item.run.arm}: {item.run.objective:.3f} {item.run.caption}", file=sys.stderr)
    tell_left_out(skipped)
    place = {name: k for k, name in enumerate(picture_names(paths))}
    found.sort(key=lambda item: place[item.image])  # workers are done when they are done
    answer = record_of(rows_of(found, arms, skipped), skipped, config, preset, folder.name, seeds, options.shard or "")
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
