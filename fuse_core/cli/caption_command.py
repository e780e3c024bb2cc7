"""The ``caption`` command: one picture, or a folder that can be gone on with."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli.commands import say
from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig


def run_caption(options: argparse.Namespace) -> dict:
    """Caption one picture or every picture of a folder."""
    from fuse_core.library import Library

    config = caption_config(options)
    library = Library()
    if not options.image.exists():
        raise UserError(f"There is no picture or folder '{options.image}'.", "Check the path.")
    if not options.image.is_dir():
        return _caption_one(library, config, options.image, options.out)
    return _caption_folder(library, config, options)


def _caption_folder(library, config, options: argparse.Namespace) -> dict:
    """Every picture of a folder; with a file of JSON lines, those it holds already are not repeated."""
    from fuse_core.common.picture_folder import list_pictures
    from fuse_core.search.batch import caption_all, csv_table

    journal = options.out if options.out and options.out.suffix == ".jsonl" else None
    paths, results = list_pictures(options.image), []
    for k, result in enumerate(caption_all(library, config, paths, journal), 1):
        found = result.values.get("caption") or result.values["error"]
        again = " (from the file)" if result.repeated else ""
        print(f"[{k}/{len(paths)}] {result.image}{again}: {found}", file=sys.stderr)
        results.append(result)
    answer = {"results": [result.as_dict() for result in results]}
    if options.out and journal is None:
        _write(options.out, json.dumps(answer, ensure_ascii=False))
    if options.csv:
        _write(options.csv, csv_table(results))
    return answer


def caption_config(options: argparse.Namespace) -> CaptionConfig:
    """The settings of a run: the preset, overridden by the file, overridden by the options.

    Raises
    ------
    UserError
        Naming the field that is wrong, and the file where it is in one.
    """
    from fuse_core.search.config import CaptionConfig
    from fuse_core.search.presets import load_config, load_preset, preset_for
    from fuse_core.search.sentiment import with_sentiment

    base = load_preset(options.preset or preset_for(options.sentiment))
    if options.config:
        base = load_config(options.config, base)
    values = base.as_dict()
    given = {name: getattr(options, name) for name in values if getattr(options, name, None) is not None}
    names = ("model", "weight", "prefix", "suffix")
    fields = {name: getattr(options, f"sentiment_{name}") for name in names}
    fields = {name: value for name, value in fields.items() if value is not None}
    return with_sentiment(CaptionConfig.from_dict({**values, **given}), options.sentiment, **fields)


def _caption_one(library, config, path: Path, out: Path | None) -> dict:
    from fuse_core.common.pictures import open_picture
    from fuse_core.search.session import Session

    session = Session.start(library, config, open_picture(path), say, path.name)
    for step in session.run():
        best = step.beams[0]
        done = f"{path.name} step {step.index}/{config.steps}"
        print(f"{done}: {best.objective:.3f} {best.text.strip()}", file=sys.stderr)
    if out:
        _write(out, session.to_json())
    best = session.best
    return {
        "caption": session.caption,
        "objective": best.objective,
        "losses": best.losses,
        "seconds": round(sum(s.seconds for s in session.steps), 2),
        "steps": [
            {
                "text": s.beams[0].text.strip(),
                "objective": s.beams[0].objective,
                "losses": s.beams[0].losses,
                "evaluations": s.evaluations,
                "forwards": s.forwards,
                "seconds": round(s.seconds, 3),
            }
            for s in session.steps[1:]
        ],
        "config": config.as_dict(),
    }


def _write(path: Path, text: str) -> None:
    from fuse_core.common.storage import write_atomically

    write_atomically(path.absolute(), lambda temporary: temporary.write_text(text, "utf-8"))
