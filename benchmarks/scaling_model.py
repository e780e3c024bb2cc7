"""A hundred nodes and a million pictures, computed from benchmarks/scaling.json: a section of docs/scaling.md.

``python -m benchmarks.scaling_model`` measures nothing. A node is the machine that was measured, with a process of one
thread on every core. What one process does for all is what ends the scaling: with Ray the driver hashes every picture
first, and writes every result; jobs share nothing but the storage, and the merge at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Report, published
from benchmarks.scaling import DOCUMENT, RECORD

TITLE = "Computed: many nodes, a million pictures"


@dataclass(frozen=True)
class Costs:
    """What was measured, of one picture and of one process.

    Attributes
    ----------
    picture : float
        Processor seconds of one process while all cores of its node are at work.
    start : float
        Processor seconds of a process until it captions.
    hashed, line, ray : float
        Seconds a picture of the driver: for the hash, the line of the journal, and Ray's own account.
    picture_bytes, line_bytes, result_bytes, process_bytes, cache_bytes : float
    cores : int
        Of a node, each with one process.
    """

    picture: float
    start: float
    hashed: float
    line: float
    ray: float
    picture_bytes: float
    line_bytes: float
    result_bytes: float
    process_bytes: float
    cache_bytes: float
    cores: int

    @classmethod
    def of(cls, record: dict[str, Any]) -> Costs:
        """From the record of ``benchmarks.scaling``."""
        # Of the processor: those of the clock are of whoever else used the machine, too.
        both = record["seconds_a_picture"]["two processes, one thread each"]["processor"]
        return cls(
            picture=statistics.median(both),
            start=record["start_seconds"],
            hashed=record["hash_seconds"],
            line=record["line_seconds"],
            ray=record["ray_seconds"] or 0.0,
            **{name: record[name] for name in ("picture_bytes", "line_bytes", "result_bytes", "process_bytes")},
            cache_bytes=record["cache_bytes"],
            cores=record["cores"],
        )

    def jobs(self, pictures: int, nodes: int) -> float:
        """Seconds of as many jobs as there are cores; each hashes its own pictures and writes its own lines."""
        return self.start + math.ceil(pictures / (nodes * self.cores)) * (self.picture + self.hashed + self.line)

    def by_ray(self, pictures: int, nodes: int) -> float:
        """Seconds of a driver and its workers: all hashes, then whichever of both sides is the slower."""
        workers = math.ceil(pictures / (nodes * self.cores)) * self.picture
        return pictures * self.hashed + self.start + max(workers, pictures * (self.line + self.ray))

    @property
    def driver_full(self) -> float:
        """Workers that one driver keeps at work."""
        return self.picture / (self.line + self.ray)

    @property
    def hash_bound(self) -> float:
        """Workers that caption all pictures in the time in which the driver hashes them."""
        return self.picture / self.hashed

    def storage(self, workers: int) -> float:
        """Bytes a second that the workers read of pictures."""
        return workers * self.picture_bytes / self.picture


def rows(costs: Costs, pictures: int) -> list[dict[str, str]]:
    """One row a number of nodes."""
    alone = costs.jobs(pictures, 1)
    table = []
    for nodes in (1, 10, 100, 1000, 10_000):
        jobs, ray = costs.jobs(pictures, nodes), costs.by_ray(pictures, nodes)
        table.append(
            {
                "nodes": f"{nodes:,}",
                "processes": f"{nodes * costs.cores:,}",
                "jobs, hours": _hours(jobs),
                "efficiency": f"{alone / jobs / nodes:.0%}",
                "Ray, hours": _hours(ray),
                "its efficiency": f"{alone / ray / nodes:.0%}",
                "pictures read, MB/s": f"{costs.storage(nodes * costs.cores) / 1e6:,.1f}",
                "caches, GB": f"{nodes * costs.cache_bytes / 1e9:,.1f}",
            }
        )
    return table


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.1f}"


def about(costs: Costs, record: dict[str, Any], pictures: int) -> str:
    """What the figures are, and where it stops."""
    c, gigabytes = costs, pictures / 1e9
    node = c.cores * c.process_bytes / 1e9
    source = f"`benchmarks/scaling.json` (`{record['command']}`, {record['created']}, {record['machine']})"
    return f"""For {pictures:,} pictures, from {source}.

- Of one picture: {c.picture:.1f} processor seconds while all {c.cores} cores of the node work, {1e3 * c.hashed:.2f} ms
  for the hash of its {c.picture_bytes / 1e3:.0f} kB, {1e3 * c.line:.2f} ms for its line on the disk,
  {1e3 * c.ray:.1f} ms of Ray's own ({record["ray_items"]:,} items of no work, two workers).
- Memory: {node:.1f} GB a node for its processes; the driver and `merge` hold {gigabytes * c.result_bytes:.1f} GB.
- Moved: {gigabytes * c.picture_bytes:,.0f} GB of pictures, with Ray twice (to the driver for its hash, to the worker);
  {gigabytes * c.line_bytes:.2f} GB of results; *caches* (models, adapters, word tables) once a node.
- Where it stops: a driver keeps {c.driver_full:,.0f} workers at work; with more of them, lines and Ray's account take
  longer than captions. It hashes all pictures before the first caption, {_hours(pictures * c.hashed)} hours, as long as
  the captions take {c.hash_bound:,.0f} workers. Jobs have neither limit: they share the storage, whose load is
  in the table, and once shards are small the start of a process ({c.start:.0f} s) counts.
- Not in the model: neighbours, lost nodes (a lost worker costs a start and its picture), the queue of a scheduler, the
  time of `merge`, and larger nodes, whose cores share one memory and which were not measured."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1_000_000, metavar="N", help="(%(default)s)")
    options = parser.parse_args()
    record = json.loads(RECORD.read_text("utf-8"))
    costs, pictures = Costs.of(record), options.pictures
    published(Report("scaling_model", TITLE, about(costs, record, pictures), rows(costs, pictures)), DOCUMENT)


if __name__ == "__main__":
    main()
