"""Captions of many pictures, one after the other; a bad one does not stop the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from fuse_core.common.csv import csv_text
from fuse_core.common.errors import MissingModel, UserError, said
from fuse_core.common.pictures import content_hash, open_picture
from fuse_core.common.progress import Cancelled, Progress, part_of
from fuse_core.common.storage import write_atomically
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.journal import BatchResult, Results, open_journal
from fuse_core.search.session import Session

log = logging.getLogger(__name__)
Write = Callable[[Path, Progress], tuple[dict, int]]  # a picture's result, and how many steps found no new prompt


def caption_all(
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    journal: Path | None = None,
    progress: Progress = lambda share, what: None,
    baseline: str = "",
    write: Write | None = None,
    runs: Path | None = None,
) -> Iterator[BatchResult]:
    """Caption pictures one by one; whatever is wrong with one becomes an error result, but for a missing model.

    Pictures of the same content are captioned once. Errors are not for ever: the next run tries those pictures again.

    Parameters
    ----------
    journal : Path, optional
        JSON lines written as results come, see ``fuse_core.search.journal``. Captions it already holds are not
        computed again.
    progress : callable, optional
        Told before every picture and after every step; what it raises ends the batch.
    baseline, write : str, callable, optional
        Another way to a caption than a search, and what to call it.
    runs : Path, optional
        Folder that keeps every search as a session file, see ``run_file``.

    Raises
    ------
    UserError
        When the journal is of other settings, in use, or cannot be written. A result that could not be written is
        yielded first.
    """
    opened = open_journal(journal, config, baseline) if journal else nullcontext(Results())
    write = write or partial(_optimise, library, config, runs)
    with opened as results:
        for k, path in enumerate(paths):
            report_progress = part_of(progress, k / len(paths), (k + 1) / len(paths), f"{shown_name(path)}: ")
            result, unwritten = _result(write, path, results, report_progress), None
            try:
                results.add(result)
            except UserError as error:
                unwritten = error
            yield result
            if unwritten:
                raise unwritten


def _result(write: Write, path: Path, results: Results, progress: Progress) -> BatchResult:
    name, digest = shown_name(path), ""
    try:
        digest = content_hash(path)
    except UserError as error:
        found = {"error": str(error)}
    else:
        found = None
    if known := results.find(name, digest):
        return BatchResult(name, known, digest, repeated=True)
    if found:
        return BatchResult(name, found, digest)
    values, idle_steps = _caption(write, path, progress)
    return BatchResult(name, values, digest, idle_steps=idle_steps)


def _caption(write: Write, path: Path, progress: Progress) -> tuple[dict, int]:
    try:
        progress(0.0, "Starting")
        return write(path, progress)
    except (Cancelled, MissingModel):
        raise
    except Exception as error:  # the next picture may do better, and so may the next run
        log.debug("%s", path, exc_info=error)
        return {"error": said(error)}, 0


def run_file(runs: Path, sha256: str) -> Path:
    """Where ``caption_all`` keeps the search of a picture of that content."""
    return runs / f"{sha256}.json"


def _optimise(
    library: Library, config: CaptionConfig, runs: Path | None, path: Path, progress: Progress
) -> tuple[dict, int]:
    loading = part_of(progress, 0.0, 0.0)  # what is loaded serves all pictures, and is no part of this one
    session = Session.start(library, config, open_picture(path), loading, picture_name=shown_name(path))
    for step in session.run():
        progress(step.index / config.steps, f"Step {step.index} of {config.steps}")
    if runs:
        text = session.to_json()
        write_atomically(run_file(runs, content_hash(path)), lambda file: file.write_text(text, "utf-8", newline=""))
    values = {"caption": session.caption, "objective": session.best.objective, "losses": session.best.losses}
    return values, sum(step.is_idle for step in session.steps)


def csv_table(results: Sequence[BatchResult], settings: Mapping[str, object] | None = None) -> str:
    """Results as CSV, below the ``settings``: picture, caption, objective, one column a model's loss, error."""
    models = list(dict.fromkeys(name for r in results for name in r.values.get("losses") or {}))
    rows: list[list[object]] = [["image", "caption", "objective", *(f"loss {name}" for name in models), "error"]]
    for result in results:
        values = result.values
        losses = values.get("losses") or {}
        measured = [values.get("objective"), *(losses.get(name) for name in models)]
        rows.append([result.image, values.get("caption", ""), *measured, values.get("error", "")])
    return csv_text(rows, settings)
