"""Captions of many pictures, one after the other; a bad one does not stop the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fuse_core.common.csv import csv_text
from fuse_core.common.errors import MissingModel, UserError, said
from fuse_core.common.pictures import content_hash, open_picture
from fuse_core.common.progress import Cancelled, Progress, part_of
from fuse_core.common.storage import write_atomically
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.journal import Results, open_journal
from fuse_core.search.journal_file import BatchResult, Head
from fuse_core.search.session import Session

log = logging.getLogger(__name__)


class Written(NamedTuple):
    """A picture's caption with its losses, how many steps found no new prompt, and what the word filter removed."""

    values: dict
    idle_steps: int = 0
    n_filtered: int = 0


Write = Callable[[Path, Progress], Written]
Begin = Callable[[Library], Write]  # of one process
Engine = Callable[[Results], Iterator[BatchResult]]  # from what is known already to a result for every picture


def caption_all(
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    journal: Path | None = None,
    progress: Progress = lambda share, what: None,
    baseline: str = "",
    write: Write | None = None,
    runs: Path | None = None,
    shard: str = "",
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
    shard : str, optional
        Which part of the pictures these are, for the journal.

    Raises
    ------
    UserError
        When the journal is of other settings, in use, or cannot be written. A result that could not be written is
        yielded first.
    """
    write = write or searching(library, config, runs)

    def one_by_one(results: Results) -> Iterator[BatchResult]:
        for k, path in enumerate(paths):
            report_progress = part_of(progress, k / len(paths), (k + 1) / len(paths), f"{shown_name(path)}: ")
            known = known_result(path, results)
            yield known if known.values else captioned(write, path, known.sha256, report_progress)

    return filed(one_by_one, Head(config, baseline, shard), journal)


def filed(engine: Engine, head: Head, journal: Path | None) -> Iterator[BatchResult]:
    """What an engine finds, written to a journal, if there is one, before it is yielded.

    Raises
    ------
    UserError
        As ``caption_all``.
    """
    with open_journal(journal, head) if journal else nullcontext(Results()) as results:
        for result in engine(results):
            unwritten = None
            try:
                results.add(result)
            except UserError as error:
                unwritten = error
            yield result
            if unwritten:
                raise unwritten


def known_result(path: Path, results: Results) -> BatchResult:
    """What is known of a picture without captioning it; ``values`` are empty where that is to be done.

    Reads the file once.
    """
    name, digest, found = shown_name(path), "", {}
    try:
        digest = content_hash(path)
    except UserError as error:
        found = {"error": str(error)}
    if known := results.find(name, digest):
        return BatchResult(name, known, digest, repeated=True)
    return BatchResult(name, found, digest)


def captioned(write: Write, path: Path, sha256: str, progress: Progress = lambda share, what: None) -> BatchResult:
    """A picture's caption, or what is wrong with it; a missing model alone is raised."""
    try:
        progress(0.0, "Starting")
        written = write(path, progress)
    except (Cancelled, MissingModel):
        raise
    except Exception as error:  # the next picture may do better, and so may the next run
        log.debug("%s", path, exc_info=error)
        written = Written({"error": said(error)})
    return BatchResult(shown_name(path), written.values, sha256, False, written.idle_steps, written.n_filtered)


def searching(library: Library, config: CaptionConfig, runs: Path | None = None) -> Write:
    """Captions by a search; ``runs`` as in ``caption_all``."""
    return partial(_optimise, library, config, runs)


def run_file(runs: Path, sha256: str) -> Path:
    """Where ``caption_all`` keeps the search of a picture of that content."""
    return runs / f"{sha256}.json"


def _optimise(library: Library, config: CaptionConfig, runs: Path | None, path: Path, progress: Progress) -> Written:
    loading = part_of(progress, 0.0, 0.0)  # what is loaded serves all pictures, and is no part of this one
    session = Session.start(library, config, open_picture(path), loading, picture_name=shown_name(path))
    for step in session.run():
        progress(step.index / config.steps, f"Step {step.index} of {config.steps}")
    if runs:
        text = session.to_json()
        write_atomically(run_file(runs, content_hash(path)), lambda file: file.write_text(text, "utf-8", newline=""))
    values = {"caption": session.caption, "objective": session.best.objective, "losses": session.best.losses}
    idle, filtered = sum(step.is_idle for step in session.steps), sum(step.n_filtered for step in session.steps)
    return Written(values, idle, filtered)


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
