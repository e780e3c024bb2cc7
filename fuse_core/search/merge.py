"""Journals of jobs that knew nothing of each other, put together as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import Timeout

from fuse_core.common.errors import UserError
from fuse_core.common.locks import lock_beside
from fuse_core.common.shard import Shard, absent_shards, parse_shard
from fuse_core.common.text_files import shown_path
from fuse_core.search.journal_file import BatchResult, Head, read_journal


@dataclass(frozen=True)
class Part:
    """One journal of those that are put together.

    Attributes
    ----------
    name : str
        Its path.
    head : Head
    results : list of BatchResult
    cut : bool
        Whether it ends in half a line: whoever wrote it was killed.
    """

    name: str
    head: Head
    results: list[BatchResult]
    cut: bool


@dataclass(frozen=True)
class Merged:
    """What journals come to together.

    Attributes
    ----------
    head : Head
        Of all pictures, or of the shard that all of them are of.
    results : list of BatchResult
        One for a name and content, by name; a caption goes before an error.
    repeated : int
        Captions that stand in a further journal; the numbers are those of the first.
    absent : list of Shard
        Shards that no journal is of.
    """

    head: Head
    results: list[BatchResult]
    repeated: int
    absent: list[Shard]

    def text(self) -> str:
        """The journal that holds all of it."""
        return self.head.line() + "".join(result.line() for result in self.results)


def read_part(path: Path) -> Part:
    """A journal that nobody writes to any more.

    Raises
    ------
    UserError
        For one that is written to, is none, or cannot be read.
    """
    name = shown_path(path)
    try:
        with lock_beside(path.resolve(), 0):
            return Part(name, *read_journal(path))
    except Timeout as error:
        raise UserError(f"A run is writing to '{name}'.", "Wait until it ends.") from error
    except OSError:  # its folder takes no locks, so nobody writes there
        return Part(name, *read_journal(path))


def merge(parts: Sequence[Part]) -> Merged:
    """Put journals together. Cost: all results are in memory, about a kilobyte each.

    Parameters
    ----------
    parts : sequence of Part
        At least one.

    Raises
    ------
    UserError
        When they are of different settings, or have different captions for one picture: nothing says which is right.
    """
    first = parts[0]
    for part in parts:
        if part.head[:2] != first.head[:2]:
            raise UserError(
                f"'{first.name}' and '{part.name}' are of different settings.", "Merge journals of one run alone."
            )
    known: dict[str, tuple[Part, dict]] = {}  # by content; of version 1 by name
    rows: dict[tuple[str, str], BatchResult] = {}
    repeated = 0
    for part, result in _all(parts):
        rows.setdefault((result.image, result.sha256), result)
        if "caption" not in result.values:
            continue
        before, values = known.setdefault(result.sha256 or result.image, (part, result.values))
        if values["caption"] != result.values["caption"]:
            raise UserError(
                f"'{before.name}' and '{part.name}' have different captions for '{result.image}'.",
                "Leave one of them out.",
            )
        repeated += before is not part
        # On other machines the last digits of the losses differ; the first file's count.
        rows[result.image, result.sha256] = replace(result, values=values)
    shards = [parse_shard(part.head.shard) for part in parts if part.head.shard]
    whole = len(shards) < len(parts)  # one of them is of all pictures
    head = first.head if len({part.head.shard for part in parts}) == 1 else first.head._replace(shard="")
    results = sorted(rows.values(), key=lambda result: (result.image, result.sha256))
    return Merged(head, results, repeated, [] if whole or head.shard else absent_shards(shards))


def _all(parts: Sequence[Part]) -> Iterator[tuple[Part, BatchResult]]:
    """Every part's last words on each picture: what it says before does not count."""
    for part in parts:
        last = {(result.image, result.sha256): result for result in part.results}
        yield from ((part, result) for result in last.values())
