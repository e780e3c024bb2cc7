"""The file of a batch's results, as it is read: JSON lines, first what they have in common, then a result a line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import parse_json, read_text, shown_name, shown_path, to_json
from fuse_core.search.config import CaptionConfig

log = logging.getLogger(__name__)
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
    sha256 : str
        Hash of the file's content, in hexadecimal; empty where it could not be read, and in files of version 1.
    repeated : bool
        Whether it was known already and not computed again.
    idle_steps : int
        Steps that found no new prompt; of a run made now.
    n_filtered : int
        Proposals that the word filter removed; of a run made now.
    """

    image: str
    values: dict
    sha256: str = ""
    repeated: bool = False
    idle_steps: int = 0
    n_filtered: int = 0

    @property
    def idle_note(self) -> str:
        """What to say of steps that found no new prompt; empty where there are none."""
        steps = f"{self.idle_steps} step" + ("" if self.idle_steps == 1 else "s")
        return f"{steps} found no new prompt" if self.idle_steps else ""

    def as_dict(self) -> dict:
        return {"image": self.image, **self.values}

    def line(self) -> str:
        """The result as it stands in a journal."""
        digest = {"sha256": self.sha256} if self.sha256 else {}
        return to_json({"image": self.image, **digest, **self.values}) + "\n"


class Head(NamedTuple):
    """What a journal begins with: all that its results have in common.

    Attributes
    ----------
    config : CaptionConfig
    baseline : str
        What captions are made by in place of a search; empty for a search.
    shard : str
        Which part of the pictures it is of, such as ``2/8``; empty for all of them.
    """

    config: CaptionConfig
    baseline: str = ""
    shard: str = ""

    def line(self) -> str:
        """The head as it stands in a journal."""
        named = {name: value for name in ("baseline", "shard") if (value := getattr(self, name))}
        return to_json({"format": FORMAT, "config": self.config.as_dict(), **named}) + "\n"


def parts(path: Path, content: bytes) -> tuple[Head, list[bytes], bytes]:
    """Head, whole lines, and half a line at the end.

    Raises
    ------
    UserError
        For a file that is no such journal.
    """
    first, *rows = content.split(b"\n")
    if not rows:
        raise _foreign(path)
    return _head(path, first), rows, rows.pop()


def read_journal(path: Path) -> tuple[Head, list[BatchResult], bool]:
    """The head of a journal, its results, and whether it ends in half a line, which is left out.

    Raises
    ------
    UserError
        For a file that is none, or cannot be read.
    """
    try:
        head, rows, cut = parts(path, path.read_bytes())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UserError(f"'{shown_path(path)}' could not be read ({reason}).", "Check the path.") from error
    return head, whole_results(path, rows), bool(cut)


def read_results(path: Path) -> tuple[CaptionConfig, str, list[BatchResult]]:
    """The settings, the baseline's name (empty for a search) and the results that a journal holds.

    Raises
    ------
    UserError
        For a file that is none, or cannot be read.
    """
    first, *rows = read_text(path).encode().split(b"\n")
    head = _head(path, first)
    return head.config, head.baseline, whole_results(path, [row for row in rows if row])


def whole_results(path: Path, rows: Sequence[bytes]) -> list[BatchResult]:
    """The results of lines; damaged ones are left out with a warning."""
    results = [result for row in rows if (result := _result(row))]
    if damaged := len(rows) - len(results):
        log.warning("%d damaged lines of '%s' are left out.", damaged, shown_name(path))
    return results


def _head(path: Path, line: bytes) -> Head:
    """The head. Its settings as settings and not as text: one added since has its default in an older file."""
    try:
        head = parse_json(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _foreign(path) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise _foreign(path)
    config = CaptionConfig.from_dict(head.get("config"), f"The settings in '{shown_name(path)}'")
    return Head(config, str(head.get("baseline", "")), str(head.get("shard", "")))


def _result(row: bytes) -> BatchResult | None:
    """The result a line holds; None for a damaged one."""
    try:
        values = parse_json(row.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    image, digest = values.pop("image", None), values.pop("sha256", "")
    caption = isinstance(values.get("caption"), str) and isinstance(values.get("objective", 0.0), float)
    if not isinstance(image, str) or not isinstance(digest, str) or not (caption or "error" in values):
        return None
    return BatchResult(image, values, digest)


def _foreign(path: Path) -> UserError:
    return UserError(f"'{shown_name(path)}' is not a file of batch results.", "Choose another name for the results.")
