"""The ``caption`` command: one picture, or a folder as ``batch`` captions it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli.commands import report_progress
from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.placement import library_of
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_name

if TYPE_CHECKING:
    from fuse_core.library import Library
    from fuse_core.search.config import CaptionConfig


def run_caption(options: argparse.Namespace) -> dict:
    """Caption one picture or every picture of a folder."""
    from fuse_core.cli.batch_command import caption_folder
    from fuse_core.common.picture_folder import is_folder

    config = caption_config(options)
    if options.image is None or not is_folder(options.image):
        if options.record:
            raise UserError("--record is of a folder.", "Name one, or save a run by --out.")
        return _caption_one(library_of(options), config, options)
    if options.others:
        raise UserError("--with adds pictures to one picture, not to a folder.", "Leave it out.")
    return caption_folder(config, options)


def check_looked_at(config: CaptionConfig, image: Path | None) -> None:
    """See that there is a picture if, and only if, the settings look at one.

    Raises
    ------
    UserError
        Where that is not so.
    """
    if image is not None and not config.looks_at_pictures:
        raise UserError("No term of these settings looks at a picture.", "Leave it out, or change the settings.")
    if image is None and config.looks_at_pictures:
        raise UserError("There is no picture.", "Name one, or a folder; or set --goal text, or --target none.")


def caption_config(options: argparse.Namespace) -> CaptionConfig:
    """The settings of a run: the preset, overridden by the file, overridden by the options.

    Raises
    ------
    UserError
        Naming the field that is wrong, and the file where it is in one.
    """
    from fuse_core.cli.caption_options import flag, given_sentiment, given_settings, given_terms
    from fuse_core.search.config import foreign_field
    from fuse_core.search.config_fields import method_options, methods_with
    from fuse_core.search.presets import load_config, load_preset
    from fuse_core.search.sentiment import with_sentiment

    base = load_preset(options.preset or _default_preset(options))
    if options.config:
        base = load_config(options.config, base)
    given, fields = given_settings(options), given_sentiment(options)
    method = given.get("method", base.method)
    for name in given:
        if name in method_options() and method not in methods_with(name):
            raise foreign_field(name, method, flag(name))
    if terms := given_terms(options):
        given["further"] = [*(f.model_dump() for f in base.further), *terms]
    return with_sentiment(base.changed(**given), options.sentiment, **fields)


def _default_preset(options: argparse.Namespace) -> str:
    """Where no option names a preset. One of the paper's is told; where models are named, it is the offline one."""
    from fuse_core.search.default_preset import default_preset, offline_preset

    if options.source or options.target:
        return offline_preset(options.sentiment)
    name, why = default_preset(options.sentiment, options.device)
    if name != offline_preset(options.sentiment):
        print(f"Starting from the preset {name}: {why}.", file=sys.stderr)
    return name


def _caption_one(library: Library, config: CaptionConfig, options: argparse.Namespace) -> dict:
    from fuse_core.analysis.answers.caption import caption_answer
    from fuse_core.common.pictures import open_picture
    from fuse_core.search.batch import BatchResult, csv_table
    from fuse_core.search.methods.registry import idle_note
    from fuse_core.search.session import Session

    check_looked_at(config, options.image)
    paths = [path for path in (options.image, *(options.others or ())) if path is not None]
    if options.others and options.image is None:
        raise UserError("--with adds pictures to a first one.", "Name that before it.")
    name = shown_name(paths[0]) if paths else ""
    check_outputs({"--out": options.out, "--csv": options.csv}, paths)
    session = Session.start(library, config, [open_picture(path) for path in paths], report_progress, name)
    for step in session.run():
        best = step.beams[0]
        done = f"{name or 'prompt'} step {step.index}/{config.steps}"
        found = f"{done}: {best.objective:.3f} {best.text.strip()}"
        ended = [f"| finished: {b.objective:.3f} {b.text.strip()}" for b in step.finished_prompts[:1]]
        notes = filter(None, [step.filter_note, idle_note(step, config.method)])
        print(" ".join([found, *ended, *notes]), file=sys.stderr)
    answer = caption_answer(session)
    files = {options.out: session.to_json()} if options.out else {}
    if options.csv:
        row = {field: answer[field] for field in ("caption", "objective", "losses")}
        files[options.csv] = csv_table([BatchResult(name, row)])
    write_outputs(answer, files)
    return answer
