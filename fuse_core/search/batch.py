"""Captions of many pictures: results as they come, in a file that an interrupted run goes on with.

The file is JSON lines: first the settings, then one picture a line, in order. It holds no times, so that a run that was
broken off and resumed leaves the same file as an unbroken one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.session import Session

FORMAT = "fuse-explorer-batch"


@dataclass(frozen=True)
class BatchResult:
    """What one picture came to.

    Attributes
    ----------
    image : str
        File name.
    values : dict
        ``caption``, ``objective`` and ``losses``, or ``error`` alone.
    repeated : bool
        Whether it was read from an earlier run's file.
    """

    image: str
    values: dict
    repeated: bool = False

    def as_dict(self) -> dict:
        return {"image": self.image, **self.values}

    def line(self) -> str:
        """The result as it stands in the journal."""
        return json.dumps(self.as_dict(), ensure_ascii=False) + "\n"


def caption_all(
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    journal: Path | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[BatchResult]:
    """Caption pictures one by one; a bad file becomes an error result and does not stop the rest.

    Parameters
    ----------
    journal : Path, optional
        JSON lines written as results come. Pictures it already holds are not repeated.
    cancelled : callable, optional
        Asked between pictures; True ends the batch.

    Raises
    ------
    UserError
        When the journal is of other settings or cannot be written.
    """
    done = open_journal(journal, config) if journal else {}
    for path in paths:
        if cancelled is not None and cancelled():
            return
        if path.name in done:
            yield BatchResult(path.name, done[path.name], repeated=True)
            continue
        result = BatchResult(path.name, _caption(library, config, path))
        if journal:
            _append(journal, result.line())
        yield result


def open_journal(journal: Path, config: CaptionConfig) -> dict[str, dict]:
    """The results a journal holds, by picture; a new one is begun, a half-written last line is cut off.

    Raises
    ------
    UserError
        When the file is something else, was made with other settings, or cannot be read or written.
    """
    head = json.dumps({"format": FORMAT, "config": config.as_dict()}, ensure_ascii=False) + "\n"
    try:
        if not journal.exists() or not journal.stat().st_size:
            journal.parent.mkdir(parents=True, exist_ok=True)
            journal.write_text(head, "utf-8")
            return {}
        text = journal.read_text("utf-8")
        whole = text[: text.rfind("\n") + 1]
        results = _results(journal, whole or text, head)
        if whole != text:
            journal.write_text(whole, "utf-8")
    except UnicodeDecodeError as error:
        raise _foreign(journal) from error
    except OSError as error:
        raise _unwritable(journal, error) from error
    return results


def _results(journal: Path, text: str, head: str) -> dict[str, dict]:
    try:
        first, *rest = [json.loads(line) for line in text.splitlines()]
        known = isinstance(first, dict) and first.get("format") == FORMAT
        results = {row.pop("image"): row for row in rest}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise _foreign(journal) from error
    if not known:
        raise _foreign(journal)
    if first != json.loads(head):
        raise UserError(
            f"'{journal.name}' holds results of other settings.",
            "Choose another file, or the settings it was begun with.",
        )
    return results


def csv_table(results: Sequence[BatchResult]) -> str:
    """Results as CSV: picture, caption, objective, one column a model's loss, error."""
    flat = [
        {"image": r.image, "caption": r.values.get("caption", ""), "objective": r.values.get("objective")}
        | {f"loss {name}": value for name, value in (r.values.get("losses") or {}).items()}
        | {"error": r.values.get("error", "")}
        for r in results
    ]
    return pd.DataFrame(flat).to_csv(index=False)


def _caption(library: Library, config: CaptionConfig, path: Path) -> dict:
    try:
        session = Session.start(library, config, open_picture(path), picture_name=path.name)
        for _ in session.run():
            pass
    except UserError as error:
        return {"error": str(error)}
    return {"caption": session.caption, "objective": session.best.objective, "losses": session.best.losses}


def _append(journal: Path, line: str) -> None:
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())  # a machine that goes down keeps the line
    except OSError as error:
        raise _unwritable(journal, error) from error


def _foreign(journal: Path) -> UserError:
    return UserError(f"'{journal.name}' is not a file of batch results.", "Choose another name for the results.")


def _unwritable(journal: Path, error: OSError) -> UserError:
    reason = (error.strerror or "unknown reason").lower()
    return UserError(f"'{journal}' could not be written ({reason}).", "Choose another place.")
