"""The ``evaluate`` command: captions of a set of pictures, made now or before, against captions that people wrote."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import UTC, datetime
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli import engine_options
from fuse_core.cli.outputs import PartialAnswer, check_outputs, write_outputs
from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import text_table
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_path, to_json

if TYPE_CHECKING:
    from fuse_core.analysis.captions.coco import CaptionSet
    from fuse_core.analysis.captions.report import CaptionRun
    from fuse_core.library import Library
    from fuse_core.search.batch import Begin
    from fuse_core.search.config import CaptionConfig

# options of captions that are made now
RUNNING = ("images", "out", "baseline", "preset", "config", "sentiment", *engine_options.GIVEN)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from fuse_core.analysis.captions.baselines.baseline import BASELINES
    from fuse_core.cli.caption_options import add_run_options

    command.add_argument("--captions", type=Path, required=True, metavar="FILE", help="reference captions, COCO's JSON")
    command.add_argument("--images", type=Path, metavar="DIR", help="the pictures, which are captioned now")
    command.add_argument("--results", type=Path, metavar="FILE", help="judge these captions instead: a .jsonl of --out")
    command.add_argument(
        "--against", type=Path, action="append", default=[], metavar="FILE", help="compare with these, too; repeatable"
    )
    told = "; ".join(f"{name}: {baseline.help}" for name, baseline in BASELINES.items())
    command.add_argument("--baseline", choices=list(BASELINES), help=f"caption without a search. {told}")
    command.add_argument("--caption-list", type=Path, metavar="FILE", help="with --baseline retrieval: one a line")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="a .jsonl of the captions; grows by the picture and is resumed"
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="every picture's measures as a table")
    command.add_argument("--markdown", type=Path, metavar="FILE", help="captions side by side, picture by picture")
    command.add_argument("--record", type=Path, metavar="FILE", help="write what the page shows as its recorded run")
    engine_options.add_arguments(command)
    add_run_options(command)


def run_evaluate(options: argparse.Namespace) -> dict:
    """Every measure of the captions, and differences from other runs."""
    from fuse_core.analysis.captions import report
    from fuse_core.analysis.captions.coco import read_captions
    from fuse_core.analysis.captions.markdown import captions_document
    from fuse_core.cli.commands import report_progress

    _check(options)
    outputs = {f"--{name}": getattr(options, name) for name in ("out", "csv", "markdown", "record")}
    given = [options.captions, *options.against, *filter(None, [options.results])]
    check_outputs(outputs, given)
    known, library = read_captions(options.captions), library_of(options)
    others = [report.read_run(path) for path in options.against]
    run, config = (report.read_run(options.results), None) if options.results else _caption(library, known, options)
    answer = report.report_against(library, run, others, known, report_progress)
    answer["created"] = datetime.now(UTC).date().isoformat()
    if config is not None:
        answer |= {"config": config.as_dict(), "baseline": options.baseline}
    files = {options.csv: report.csv_table(answer)} if options.csv else {}
    if options.markdown:
        pictures = relpath(options.images, options.markdown.parent) if options.images else ""
        files[options.markdown] = captions_document(answer, _called(), pictures)
    if options.record:
        files[options.record] = to_json(answer) + "\n"
    write_outputs(answer, files)
    if failed := report.failures(run, known):
        raise PartialAnswer(answer, failed, "The measures are of the others.")
    return answer


def _check(options: argparse.Namespace) -> None:
    """Every option is obeyed, or refused before the work."""
    from fuse_core.analysis.captions.baselines.baseline import BASELINES
    from fuse_core.cli.caption_options import flag, given_sentiment, given_settings

    settings = [flag(name) for name in given_settings(options)]
    settings += [f"--sentiment-{name}" for name in given_sentiment(options)]
    if options.results:
        idle = [name for name in RUNNING if name != "images" or not options.markdown]  # which shows the pictures
        given = [f"--{name}" for name in idle if getattr(options, name) is not None]
        if refused := [*given, *settings]:
            raise UserError(f"{refused[0]} goes without --results, whose captions are there already.", "Leave it out.")
    elif options.images is None:
        raise UserError("There are no captions to judge.", "Give --images to make them, or --results to read them.")
    if options.baseline:
        refused = [name for name in settings if name != "--target"] + ["--sentiment"] * bool(options.sentiment)
        if refused:
            raise UserError(f"{refused[0]} goes without --baseline, which makes no search.", "Leave it out.")
    if options.caption_list and not (options.baseline and BASELINES[options.baseline].takes_list):
        raise UserError("--caption-list goes with --baseline retrieval, which chooses from it.", "Leave it out.")


def _caption(library: Library, known: CaptionSet, options: argparse.Namespace) -> tuple[CaptionRun, CaptionConfig]:
    """Caption the pictures of the set, by a search or a baseline."""
    from fuse_core.analysis.captions.report import CaptionRun
    from fuse_core.cli.caption_command import caption_config

    config = caption_config(options)
    paths = engine_options.part(options, _pictures(known, options.images))
    check_outputs({"--out": options.out}, paths)
    results = []
    begin, baseline = _begin(config, known, options)
    for result in engine_options.results_of(options, library, config, paths, options.out, begin, baseline):
        told = result.values.get("caption") or result.values["error"]
        before = " (known already)" if result.repeated else ""
        results.append(result)
        print(f"[{len(results)}/{len(paths)}] {result.image}{before}: {told}", file=sys.stderr)
    name = options.out.stem if options.out else options.baseline or "captions"
    return CaptionRun(name, results, "" if options.baseline else config.source), config


def _begin(config: CaptionConfig, known: CaptionSet, options: argparse.Namespace) -> tuple[Begin, str]:
    """What begins a search or a baseline, and what the baseline is called."""
    from fuse_core.search.batch import searching

    if not options.baseline:
        return partial(searching, config=config), ""
    from fuse_core.analysis.captions.baseline_run import label, writing
    from fuse_core.common.text_files import read_text

    lines = read_text(options.caption_list).splitlines() if options.caption_list else []
    listed = [line.strip() for line in lines if line.strip()]
    if options.caption_list and not listed:
        raise UserError(f"'{shown_path(options.caption_list)}' holds no captions.", "Write one a line.")
    begin = partial(writing, name=options.baseline, target=config.target, known=known, listed=listed)
    return begin, label(options.baseline, known, listed)


def _pictures(known: CaptionSet, folder: Path) -> list[Path]:
    """The set's pictures in a folder; what else lies there, and which are not there, is told."""
    from fuse_core.common.picture_folder import is_folder, look_through

    if not is_folder(folder, "folder"):
        raise UserError(f"'{shown_path(folder)}' is no folder.", "Name a folder of pictures.")
    there = look_through(folder).pictures
    found = known.among(there)
    if not found:
        raise UserError(
            f"None of the pictures of '{known.name}' are in '{shown_path(folder)}'.", "Name the folder they are in."
        )
    if strangers := len(there) - len(found):
        print(f"Left out, as '{known.name}' has no captions for them: {strangers:,} pictures.", file=sys.stderr)
    if absent := len(known.references) - len(found):
        print(f"Of the pictures of '{known.name}', {absent:,} are not in '{shown_path(folder)}'.", file=sys.stderr)
    return found


def _called() -> str:
    """The command line as a person would type it."""
    return shlex.join(["python", "-m", "fuse_core", *sys.argv[1:]])


def evaluate_table(answer: dict) -> str:
    """Measures with their intervals, beside those of the runs it is compared with."""
    from fuse_core.analysis.captions.tables import measures, missing

    share = f"{answer['pictures']} of the {answer['of']} pictures of {answer['references']}"
    head = f"{answer['name']}: {share}; in brackets {100 * answer['level']:.0f} % intervals over pictures"
    return "\n".join([head, text_table(measures(answer)), *missing(answer)])
