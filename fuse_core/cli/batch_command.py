"""The ``batch`` command: captions of a folder's pictures, which can be gone on with, by one process or by many."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli import engine_options
from fuse_core.cli.outputs import PartialAnswer, check_outputs, write_outputs
from fuse_core.cli.placement import library_of
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_name, shown_path, to_json

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fuse_core.cli.caption_options import add_run_options

    command.add_argument("image", type=Path, metavar="DIR", help="folder of pictures; not those of folders in it")
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the results; a .jsonl is a journal: it grows by the picture, and is resumed",
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="the results as a table")
    command.add_argument(
        "--record", type=Path, metavar="FILE", help="write what the page's Batch shows as its recorded run"
    )
    engine_options.add_arguments(command)
    add_run_options(command)


def run_batch(options: argparse.Namespace) -> dict:
    """Caption every picture of a folder."""
    from fuse_core.cli.caption_command import caption_config
    from fuse_core.common.picture_folder import is_folder

    if not is_folder(options.image, "folder"):
        raise UserError(f"'{shown_path(options.image)}' is no folder.", "Name a folder of pictures.")
    return caption_folder(caption_config(options), options)


def caption_folder(config: CaptionConfig, options: argparse.Namespace) -> dict:
    """Every picture of a folder; with a file of JSON lines, captions it holds already are not made again."""
    from fuse_core.cli.caption_command import check_looked_at
    from fuse_core.common.picture_folder import look_through
    from fuse_core.search.batch import csv_table, searching
    from fuse_core.search.batch_record import record_of

    check_looked_at(config, options.image)
    folder = look_through(options.image)
    paths, results = engine_options.part(options, folder.pictures), []
    check_outputs({"--out": options.out, "--csv": options.csv, "--record": options.record}, folder.pictures)
    journal = options.out if options.out and options.out.suffix.lower() == ".jsonl" else None
    if folder.others:
        print(folder.skipped, file=sys.stderr)
    stopped = None
    begin = partial(searching, config=config)
    try:
        for result in engine_options.results_of(options, library_of(options), config, paths, journal, begin):
            results.append(result)
            found = result.values.get("caption") or result.values["error"]
            notes = " (known already)" if result.repeated else f" ({result.idle_note})" if result.idle_note else ""
            print(f"[{len(results)}/{len(paths)}] {result.image}{notes}: {found}", file=sys.stderr)
    except UserError as error:  # of the journal: what there is, is printed
        if not results:
            raise
        stopped = error
    place = {shown_name(path): k for k, path in enumerate(paths)}
    results.sort(key=lambda result: place[result.image])  # workers are done when they are done
    answer: dict = {"results": [result.as_dict() for result in results]}
    if folder.others:
        answer["skipped"] = [shown_name(path) for path in folder.others]
    files = {options.csv: csv_table(results)} if options.csv else {}
    if options.record:
        files[options.record] = to_json(record_of(results, config, options.image.name)) + "\n"
    if options.out and journal is None:
        files[options.out] = to_json(answer)
    write_outputs(answer, files)
    if stopped:
        raise PartialAnswer(answer, stopped.problem, stopped.remedy)
    if all("error" in result.values for result in results):
        raise PartialAnswer(answer, "None of the pictures could be captioned.", "The rows say why.")
    return answer
