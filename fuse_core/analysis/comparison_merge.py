"""Records of the shards of a comparison, put together as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fuse_core.analysis.comparison import summary
from fuse_core.common.errors import UserError
from fuse_core.common.shard import absent_shards, parse_shard

ALIKE = ("version", "config", "preset", "folder", "seeds")


def merged_record(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The record of all pictures, as an unsharded comparison would have it.

    Parameters
    ----------
    records : mapping
        File name -> record of a shard.

    Raises
    ------
    UserError
        When one is of no shard, of other settings or pictures, of a shard that another is of, or a shard is absent: a
        mean over some of the pictures is no mean over all.
    """
    shards = {}
    (first_name, first), *_ = records.items()
    for name, record in records.items():
        if "shard" not in record:
            raise UserError(f"'{name}' is of all pictures.", "Read it by itself; shards are put together.")
        for field in ALIKE:
            if record.get(field) != first.get(field):
                raise UserError(
                    f"'{first_name}' and '{name}' differ in '{field}'.", "Read shards of one comparison together."
                )
        shard = parse_shard(record["shard"])
        if shard in shards:
            raise UserError(f"'{shards[shard]}' and '{name}' are both of shard {shard}.", "Leave one of them out.")
        shards[shard] = name
    if absent := absent_shards(list(shards)):
        told = ", ".join(map(str, absent[:10])) + (f" and {len(absent) - 10:,} more" if len(absent) > 10 else "")
        raise UserError(f"No file is of shard {told}.", "Run compare with that --shard, and read its record, too.")
    results = sorted((row for record in records.values() for row in record["results"]), key=lambda row: row["image"])
    # What else lies in the folder is told of every shard.
    skipped = {row["image"]: row for record in records.values() for row in record.get("skipped", ())}
    common = {field: first[field] for field in ALIKE if field in first}
    created = max(record["created"] for record in records.values())
    answer = common | {"created": created, **summary(results), "results": results}
    return answer | ({"skipped": list(skipped.values())} if skipped else {})
