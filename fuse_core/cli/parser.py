"""The command line: ``python -m fuse_core COMMAND ... [--json]``.

With ``--json`` one JSON object goes to stdout; without, a table for people. Progress and warnings go to stderr, and so
do errors: one sentence, exit code 2, no traceback. An answer that lacks something is printed, and then what it lacks.

``--help`` and ``models`` answer at once: nothing here, nor in the modules of the commands, imports a model library
before a command runs, and a command's options are added when it is the one that was asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fuse_core.cli import (
    batch_command,
    caption_command,
    commands,
    compare_command,
    evaluate_command,
    experiment_command,
    fidelity_command,
    lessons_command,
    merge_command,
    pair_options,
    placement,
    prepare_command,
    see_command,
    split_command,
    stamps_command,
    tables,
)
from fuse_core.cli.outputs import PartialAnswer, print_answer
from fuse_core.common.errors import UserError


@dataclass(frozen=True)
class Command:
    """One command of the command line.

    Attributes
    ----------
    help : str
    run : callable
        From the parsed options to plain values for JSON.
    table : callable
        From those values to a table for people.
    add_arguments : callable
        Declares the command's options; called when the command is the one asked for.
    loads_models : bool
        Whether it may be told where they live.
    """

    help: str
    run: Callable[[argparse.Namespace], dict]
    table: Callable[[dict], str]
    add_arguments: Callable[[argparse.ArgumentParser], object] = lambda parser: None
    loads_models: bool = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = argparse.Namespace()
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        _quiet_libraries()
        return _run(options)
    except UserError as error:
        from fuse_core.cli.caption_options import spelled

        print(f"error: {error.told(lambda name: spelled(name, options))}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    """Run a command and print its answer; what it lacks is raised after that."""
    lacking = None
    try:
        # Some libraries print while they load; stdout belongs to the answer.
        with contextlib.redirect_stdout(sys.stderr):
            answer = options.run(options)
    except PartialAnswer as partial:
        answer, lacking = partial.answer, partial
    print_answer(answer, None if options.json else options.table)
    if lacking:
        raise lacking
    return 0


def _quiet_libraries() -> None:
    """Warnings and our own news alone; read by the model libraries when they are first imported."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    logging.getLogger("fuse_core").setLevel(logging.INFO)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line; exits with 0 after help and with 2 where they are wrong, as argparse does."""
    called = "fuse" if Path(sys.argv[0]).stem == "fuse" else "python -m fuse_core"
    parser = argparse.ArgumentParser(prog=called, description="Cross-tokenizer prompt optimisation.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    add = parser.add_subparsers(required=True, metavar="COMMAND")
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        described = add.add_parser(name, parents=[common], help=command.help)
        described.set_defaults(run=command.run, table=command.table)
        if name == chosen:
            command.add_arguments(described)
            if command.loads_models:
                placement.add_arguments(described)
    return parser.parse_args(arguments)


def _add_caption(command: argparse.ArgumentParser) -> None:
    from fuse_core.cli.caption_options import add_caption_options

    add_caption_options(command)


COMMANDS = {
    "models": Command(
        "what is known, from where, whether it is here",
        commands.run_models,
        tables.models_table,
        commands.add_models_arguments,
    ),
    "prepare": Command(
        "make what the first run would: converted models, adapters, word tables",
        prepare_command.run_prepare,
        prepare_command.prepare_table,
        prepare_command.add_arguments,
    ),
    "buckets": Command(
        "words by token length under two tokenizers",
        commands.run_buckets,
        tables.buckets_table,
        pair_options.add_buckets,
        loads_models=False,
    ),
    "split": Command(
        "one text under up to six tokenizers, side by side",
        split_command.run_split,
        split_command.split_table,
        split_command.add_arguments,
        loads_models=False,
    ),
    "fit": Command(
        "fit the adapters of a pair and report their errors", commands.run_fit, tables.fit_table, pair_options.add_fit
    ),
    "fidelity": Command(
        "predicted against true losses of candidate tokens",
        fidelity_command.run_fidelity,
        tables.fidelity_table,
        pair_options.add_fidelity,
    ),
    "compare": Command(
        "what the gradients are worth: the same budget under every way to propose",
        compare_command.run_compare,
        compare_command.compare_table,
        compare_command.add_arguments,
    ),
    "stamps": Command(
        "make pictures with captions of the photographs among Tux Paint's stamps",
        stamps_command.run_stamps,
        stamps_command.stamps_table,
        stamps_command.add_arguments,
        loads_models=False,
    ),
    "caption": Command(
        "write a caption for a picture or a folder", caption_command.run_caption, tables.caption_table, _add_caption
    ),
    "batch": Command(
        "caption the pictures of a folder, by this process or by the workers of a cluster",
        batch_command.run_batch,
        tables.caption_table,
        batch_command.add_arguments,
    ),
    "merge": Command(
        "put the results of several jobs together, and say what is missing",
        merge_command.run_merge,
        merge_command.merge_table,
        merge_command.add_arguments,
        loads_models=False,
    ),
    "see": Command(
        "what the image-text model sees in a picture: classes, nearest words",
        see_command.run_see,
        see_command.see_table,
        see_command.add_arguments,
    ),
    "lessons": Command(
        "measure again what the lesson shows before any model is loaded",
        lessons_command.run_lessons,
        lessons_command.lessons_table,
        lessons_command.add_arguments,
    ),
    "evaluate": Command(
        "judge captions against those that people wrote",
        evaluate_command.run_evaluate,
        evaluate_command.evaluate_table,
        evaluate_command.add_arguments,
    ),
    "experiment": Command(
        "measure again what the page's Evidence shows; without a name, list the experiments",
        experiment_command.run_experiment_command,
        experiment_command.experiment_table,
        experiment_command.add_arguments,
    ),
}
