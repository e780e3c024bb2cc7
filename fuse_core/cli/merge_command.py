"""The ``merge`` command: journals of the jobs of an array as one, and whether it is whole."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli.outputs import PartialAnswer, check_outputs, write_outputs
from fuse_core.cli.text_table import text_table
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_name, shown_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuse_core.search.merge import Part

NAMED = 10  # of what is missing; of the rest, the number


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a .jsonl that batch or evaluate wrote")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="the .jsonl that holds all of them")
    command.add_argument(
        "--images", type=Path, metavar="DIR", help="the folder of the pictures, to see that each has a result"
    )


def run_merge(options: argparse.Namespace) -> dict:
    """Put journals together; what is not there is told once the others are written."""
    from fuse_core.common.picture_folder import is_folder, look_through
    from fuse_core.search.merge import merge, read_part

    check_outputs({"--out": options.out}, options.files)
    if options.out.exists():
        raise UserError(f"'{shown_path(options.out)}' is there already.", "Name another file for --out, or remove it.")
    if options.out.suffix.lower() != ".jsonl":
        raise UserError(f"'{shown_path(options.out)}' does not end in .jsonl.", "Name such a file: it is gone on with.")
    if len({path.resolve() for path in options.files}) < len(options.files):
        raise UserError("A file is given twice.", "Name each once.")
    wanted: list[str] = []
    if options.images is not None:
        if not is_folder(options.images, "folder"):
            raise UserError(f"'{shown_path(options.images)}' is no folder.", "Name the folder of the pictures.")
        wanted = [shown_name(path) for path in look_through(options.images).pictures]
    parts = [read_part(path) for path in options.files]
    merged = merge(parts)
    there = {result.image for result in merged.results}
    answer = {
        "files": [_told(part) for part in parts],
        "pictures": len(merged.results),
        "captions": sum("caption" in result.values for result in merged.results),
        "in_several": merged.repeated,
        "missing_shards": [str(shard) for shard in merged.absent],
        "missing": [name for name in wanted if name not in there],
    }
    write_outputs(answer, {options.out: merged.text()})
    if lacks := _lacks(answer, options.images is not None):
        raise PartialAnswer(answer, lacks, f"Go on with them by batch --out '{shown_path(options.out)}'.")
    return answer


def _told(part: Part) -> dict:
    last = {(result.image, result.sha256): result.values for result in part.results}
    captions = sum("caption" in values for values in last.values())
    shard = {"shard": part.head.shard} if part.head.shard else {}
    return {"file": part.name, **shard, "captions": captions, "errors": len(last) - captions, "cut": part.cut}


def _lacks(answer: dict, folder: bool) -> str:
    """What is not there, in a sentence; empty where nothing is known to be missing."""
    if missing := answer["missing"]:
        return f"{len(missing):,} pictures have no result: {_named(missing)}."
    if folder:  # every picture was looked for
        return ""
    if shards := answer["missing_shards"]:
        return f"No file is of shard {_named(shards)}."
    cut = [part["file"] for part in answer["files"] if part["cut"]]
    return f"Killed while it was written, and perhaps not whole: {_named(cut)}." if cut else ""


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def merge_table(answer: dict) -> str:
    """One row a file, and what they come to."""
    rows = [{"shard": "", **part, "cut": "half a line at its end" if part["cut"] else ""} for part in answer["files"]]
    rows = [{"file": row["file"], **row} for row in rows]
    errors, several = answer["pictures"] - answer["captions"], answer["in_several"]
    told = f"{answer['captions']:,} captions, {errors:,} errors; {several:,} captions stood in a further file, too."
    return f"{text_table(rows)}\n{told}"
