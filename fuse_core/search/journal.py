"""The results of a batch as they come: in memory, or in a file that an interrupted run goes on with.

The file is JSON lines: first the settings, then a result a line. Lines are only ever added, so of several lines on one
picture the last one counts; a caption is found again by the content of its picture, wherever that lies and whatever it
is called. It holds no times: a run that was broken off and resumed leaves the same file as an unbroken one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from fuse_core.common.errors import UserError
from fuse_core.common.locks import lock_beside
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
    """

    image: str
    values: dict
    sha256: str = ""
    repeated: bool = False
    idle_steps: int = 0

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


class Results:
    """The results so far, in memory."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], dict] = {}  # by name and content
        self._captions: dict[str, dict] = {}  # by content
        self._unhashed: dict[str, dict] = {}  # captions of version 1, by name

    def find(self, image: str, sha256: str) -> dict | None:
        """The caption and losses of a picture; errors are none, so that what failed is tried again."""
        return self._captions.get(sha256) or self._unhashed.get(image)

    def add(self, result: BatchResult) -> bool:
        """File a result; False when nothing is new about it."""
        key = result.image, result.sha256
        if self._last.get(key) == result.values or (result.repeated and result.image in self._unhashed):
            return False
        self._last[key] = result.values
        if "caption" in result.values:
            known, by = (self._captions, result.sha256) if result.sha256 else (self._unhashed, result.image)
            known[by] = result.values
        return True


class Journal(Results):
    """The results so far, in memory and in a file; ``open_journal`` makes one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def add(self, result: BatchResult) -> bool:
        """File a result, on disk before this returns.

        Raises
        ------
        UserError
            When it cannot be written; half a line may then stand at the end, which the next run cuts off.
        """
        new = super().add(result)
        if new:
            try:
                with self.path.open("ab") as file:
                    file.write(result.line().encode())
                    file.flush()
                    os.fsync(file.fileno())  # a machine that goes down keeps the line
            except OSError as error:
                raise _unwritable(self.path, error) from error
        return new


@contextmanager
def open_journal(path: Path, config: CaptionConfig, baseline: str = "") -> Iterator[Journal]:
    """A journal to go on with, or a new one, of a search or of a baseline; no other run may write to it meanwhile.

    Half a line at the end, of a run that was killed, is cut off; damaged lines are left out.

    Raises
    ------
    UserError
        When another run writes to the file, when it is something else or of other settings, or cannot be read or
        written.
    """
    with ExitStack() as stack:
        try:
            path = path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_beside(path, 0))
            journal = _read(path, config, baseline)
        except Timeout as error:
            raise UserError(
                f"Another run is writing to '{shown_name(path)}'.", "Wait until it ends, or choose another file."
            ) from error
        except OSError as error:
            raise _unwritable(path, error) from error
        yield journal


def _read(path: Path, config: CaptionConfig, baseline: str) -> Journal:
    content = path.read_bytes() if path.exists() else b""
    named = {"baseline": baseline} if baseline else {}
    head = (to_json({"format": FORMAT, "config": config.as_dict(), **named}) + "\n").encode()
    if len(content) < len(head) and head.startswith(content):  # new, empty, or killed while it was begun
        path.write_bytes(head)
        return Journal(path)
    first, *rows = content.split(b"\n")
    if not rows:
        raise _foreign(path)
    if _head(path, first) != (config, baseline):
        raise UserError(
            f"'{shown_name(path)}' holds results of other settings.",
            "Choose another file, or the settings it was begun with.",
        )
    if cut := rows.pop():
        os.truncate(path, len(content) - len(cut))
    journal = Journal(path)
    for result in _results(path, rows):
        Results.add(journal, result)
    return journal


def read_results(path: Path) -> tuple[CaptionConfig, str, list[BatchResult]]:
    """The settings, the baseline's name (empty for a search) and the results that a journal holds.

    Raises
    ------
    UserError
        For a file that is none, or cannot be read.
    """
    first, *rows = read_text(path).encode().split(b"\n")
    config, baseline = _head(path, first)
    return config, baseline, _results(path, [row for row in rows if row])


def _results(path: Path, rows: Sequence[bytes]) -> list[BatchResult]:
    results = [result for row in rows if (result := _result(row))]
    if damaged := len(rows) - len(results):
        log.warning("%d damaged lines of '%s' are left out.", damaged, shown_name(path))
    return results


def _head(path: Path, line: bytes) -> tuple[CaptionConfig, str]:
    """Settings and baseline. As settings and not as text: one added since has its default in an older file."""
    try:
        head = parse_json(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _foreign(path) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise _foreign(path)
    config = CaptionConfig.from_dict(head.get("config"), f"The settings in '{shown_name(path)}'")
    return config, str(head.get("baseline", ""))


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


def _unwritable(path: Path, error: OSError) -> UserError:
    reason = (error.strerror or "unknown reason").lower()
    return UserError(f"'{shown_path(path)}' could not be written ({reason}).", "Choose another place.")
