"""One part of many of the same pictures, for as many jobs that know nothing of each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from fuse_core.common.errors import UserError

T = TypeVar("T")


class Shard(NamedTuple):
    """The ``number``-th of ``of`` parts, counted from 1; ``2/8`` as text.

    Parts are equal but for one item. An item's part depends on its place alone, so all jobs must see the same list.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def part(self, items: Sequence[T]) -> list[T]:
        """Every ``of``-th item from the ``number``-th on, so that neighbours, which are often alike, are spread.

        Raises
        ------
        UserError
            When there are fewer items than parts: all jobs are told, not only those whose part is empty.
        """
        if len(items) < self.of:
            raise UserError(
                f"{len(items):,} pictures are too few for {self.of:,} shards.", f"Ask for at most {len(items):,}."
            )
        return list(items[self.number - 1 :: self.of])


def parse_shard(text: str) -> Shard:
    """A shard by its text.

    Raises
    ------
    UserError
        For what is no ``i/n`` with i from 1 to n.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,6})", text.strip(), re.ASCII)
    shard = Shard(int(found[1]), int(found[2])) if found else None
    if shard is None or shard.number > shard.of:
        raise UserError(f"'{text}' is no shard.", "Give i/n with i from 1 to n, such as 2/8 for the second of eight.")
    return shard


def absent_shards(known: Sequence[Shard]) -> list[Shard]:
    """Those that it takes beside the known ones to have all of the parts.

    Raises
    ------
    UserError
        When they are not parts of the same number.
    """
    numbers = sorted({shard.of for shard in known})
    if len(numbers) > 1:
        raise UserError(
            f"Some are parts of {numbers[0]:,} shards and some of {numbers[1]:,}.", "Put those of one number together."
        )
    return [shard for of in numbers for k in range(1, of + 1) if (shard := Shard(k, of)) not in known]
