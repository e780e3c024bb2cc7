"""The results of a batch as they come: in memory, or in a file that an interrupted run goes on with.

The file is JSON lines: first the settings, then a result a line. Lines are only ever added, so of several lines on one
picture the last one counts; a caption is found again by the content of its picture, wherever that lies and whatever it
is called. It holds no times: a run that was broken off and resumed leaves the same file as an unbroken one, but for
the order of the lines where several workers caption pictures at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import Timeout

from fuse_core.common.errors import UserError
from fuse_core.common.locks import lock_beside
from fuse_core.common.storage import remove_leftovers
from fuse_core.common.text_files import shown_name
from fuse_core.search.journal_file import BatchResult, Head, parts, whole_results


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
def open_journal(path: Path, head: Head) -> Iterator[Journal]:
    """A journal to go on with, or a new one; no other run may write to it meanwhile.

    Half a line at the end, of a run that was killed, is cut off; damaged lines are left out.

    Raises
    ------
    UserError
        When another run writes to the file, when it is something else, of other settings or of another shard, or
        cannot be read or written.
    """
    with ExitStack() as stack:
        try:
            path = path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            if stack.enter_context(lock_beside(path, 0)):
                remove_leftovers(path)
            journal = _read(path, head)
        except Timeout as error:
            raise UserError(
                f"Another run is writing to '{shown_name(path)}'.", "Wait until it ends, or choose another file."
            ) from error
        except OSError as error:
            raise _unwritable(path, error) from error
        yield journal


def _read(path: Path, head: Head) -> Journal:
    content, line = path.read_bytes() if path.exists() else b"", head.line().encode()
    if len(content) < len(line) and line.startswith(content):  # new, empty, or killed while it was begun
        path.write_bytes(line)
        return Journal(path)
    found, rows, cut = parts(path, content)
    if found._replace(shard=head.shard) != head:
        raise UserError(
            f"'{shown_name(path)}' holds results of other settings.",
            "Choose another file, or the settings it was begun with.",
        )
    if found.shard != head.shard:
        whose, not_whose = (f"shard {of}" if of else "all pictures" for of in (found.shard, head.shard))
        raise UserError(
            f"'{shown_name(path)}' holds results of {whose}, not of {not_whose}.",
            "Choose another file, or the shard it was begun with.",
        )
    if cut:
        os.truncate(path, len(content) - len(cut))
    journal = Journal(path)
    for result in whole_results(path, rows):
        Results.add(journal, result)
    return journal


def _unwritable(path: Path, error: OSError) -> UserError:
    reason = (error.strerror or "unknown reason").lower()
    return UserError(f"'{shown_name(path)}' could not be written ({reason}).", "Choose another place.")
