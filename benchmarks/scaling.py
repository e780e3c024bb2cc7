"""What a picture costs with one process and with two: benchmarks/scaling.json, and its section of docs/scaling.md.

``python -m benchmarks.scaling``: two processes load the models and caption one picture uncounted; then, round by round,
one of them captions the pictures with one thread, the same one with two threads, and both of them at the same time.
``benchmarks.scaling_model`` computes from the record what many machines would need.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is loaded

import psutil
import torch

from benchmarks.machine import described, write_report
from benchmarks.report import Report, published
from fuse_core.common.picture_folder import look_through
from fuse_core.common.pictures import content_hash
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.search.batch import captioned, searching
from fuse_core.search.journal import Results, open_journal
from fuse_core.search.journal_file import BatchResult, Head
from fuse_core.search.presets import load_preset

RECORD = Path(__file__).with_name("scaling.json")
DOCUMENT = Path(__file__).parents[1] / "docs" / "scaling.md"
PRESET, LINES = "offline-caption", 500
WAYS = {"one process, one thread": (1, 1), "one process, two threads": (1, 2), "two processes, one thread each": (2, 1)}


def worker(pipe: Connection, paths: list[Path], settings: dict[str, int]) -> None:
    """A process that tells what it took to be ready, then captions the pictures whenever it is told to."""
    library, config = Library(), load_preset(PRESET).changed(**settings)
    write = searching(library, config)
    torch.set_num_threads(1)
    first = captioned(write, paths[0], "")
    pipe.send((time.process_time(), first.values))
    while threads := pipe.recv():
        torch.set_num_threads(threads)
        clock, processor = time.perf_counter(), time.process_time()
        for path in paths:
            captioned(write, path, "")
        pipe.send((time.perf_counter() - clock, time.process_time() - processor))


def measure_ways(paths: list[Path], times: int, settings: dict[str, int]) -> dict[str, Any]:
    """Seconds a picture by way and round, of the clock and of the processor; those of a start; memory."""
    context = get_context("spawn")
    pipes, processes = [], []
    for _ in range(2):
        here, there = context.Pipe()
        processes.append(context.Process(target=worker, args=(there, paths, settings)))
        processes[-1].start()
        there.close()
        pipes.append(here)
    try:
        ready = [pipe.recv() for pipe in pipes]
        for _, values in ready:
            if "error" in values:
                raise RuntimeError(values["error"])
        found = {name: {"clock": [], "processor": []} for name in WAYS}
        for _ in range(times):
            for name, (count, threads) in WAYS.items():
                for pipe in pipes[:count]:
                    pipe.send(threads)
                taken = [pipe.recv() for pipe in pipes[:count]]
                # Pictures that all of them made together, a second of the clock.
                found[name]["clock"].append(max(clock for clock, _ in taken) / len(paths) / count)
                found[name]["processor"].append(statistics.fmean(cpu for _, cpu in taken) / len(paths))
        memory = [psutil.Process(process.pid).memory_full_info() for process in processes]
        return {
            "seconds_a_picture": found,
            "start_seconds": statistics.fmean(seconds for seconds, _ in ready),
            "process_bytes": statistics.fmean(m.uss for m in memory),
        }
    finally:
        for pipe in pipes:
            pipe.send(0)
        for process in processes:
            process.join()


def measure_serial(paths: list[Path]) -> dict[str, float]:
    """What one process does for every picture of all: hashes, lines of the journal, results in memory."""
    result = json.loads((assets_folder() / "recorded" / "batch.json").read_text("utf-8"))["results"][0]
    values = {name: result[name] for name in ("caption", "objective", "losses")}
    clock = time.perf_counter()
    for path in paths:
        content_hash(path)
    hashed = time.perf_counter() - clock
    size = sum(path.stat().st_size for path in paths)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.jsonl"
        with open_journal(file, Head(load_preset(PRESET))) as journal:
            head, clock = file.stat().st_size, time.perf_counter()
            for k in range(LINES):
                journal.add(BatchResult(f"{k}.jpg", dict(values), f"{k:064x}"))
            written = time.perf_counter() - clock
        line = (file.stat().st_size - head) / LINES
    tracemalloc.start()
    results = Results()
    for k in range(LINES):
        results.add(BatchResult(f"{k}.jpg", json.loads(json.dumps(values)), f"{k:064x}"))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {
        "picture_bytes": size / len(paths),
        "hash_seconds": hashed / len(paths),
        "line_seconds": written / LINES,
        "line_bytes": line,
        "result_bytes": held / LINES,
    }


def nothing(library: Library):
    """Work that costs nothing: what is left is what Ray costs."""
    return lambda item: item


def measure_ray(items: int) -> dict[str, Any]:
    """Seconds that Ray Data takes for a picture besides the work; None where Ray is not installed."""
    from importlib.util import find_spec

    if find_spec("ray") is None:
        return {"ray_seconds": None, "ray_items": 0}
    from fuse_core.search.ray_pool import RayPool

    moments = [time.perf_counter() for _ in RayPool(workers=2).over(nothing, range(items))]
    skipped = items // 4  # workers start meanwhile
    return {"ray_seconds": (moments[-1] - moments[skipped]) / (items - 1 - skipped), "ray_items": items}


def rows(record: dict[str, Any]) -> list[dict[str, str]]:
    """One row a way."""
    taken = record["seconds_a_picture"]
    base, first = statistics.median(taken["one process, one thread"]["clock"]), taken["one process, one thread"]
    table = []
    for name, found in taken.items():
        median = statistics.median(found["clock"])
        cores = WAYS[name][0] * WAYS[name][1]
        table.append(
            {
                "way": name,
                "seconds a picture": f"{median:.2f} ({min(found['clock']):.2f} to {max(found['clock']):.2f})",
                "speed-up": f"{base / median:.2f}",
                "efficiency": f"{base / median / cores:.0%}",
                "processor seconds a picture, to one thread's": (
                    f"{statistics.median(found['processor']) / statistics.median(first['processor']):.2f}"
                ),
            }
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=3, metavar="N", help="of assets/evaluation (%(default)s)")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="rounds (%(default)s)")
    parser.add_argument("--ray-items", type=int, default=400, metavar="N", help="to time Ray by (%(default)s)")
    parser.add_argument("--steps", type=int, metavar="N", help="of a caption; default: the preset's")
    options = parser.parse_args()
    settings = {"steps": options.steps} if options.steps else {}
    paths = look_through(assets_folder() / "evaluation").pictures
    record = {
        "machine": described(),
        "created": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python -m benchmarks.scaling", *sys.argv[1:]]),
        "cores": len(os.sched_getaffinity(0)),
        "pictures": options.pictures,
        "settings": settings,
        "load": os.getloadavg()[0],
        "cache_bytes": sum(path.stat().st_size for path in Library().cache.rglob("*") if path.is_file()),
        **measure_ways(paths[: options.pictures], options.times, settings),
        **measure_serial(paths),
        **measure_ray(options.ray_items),
    }
    write_report(RECORD, json.dumps(record, indent=1) + "\n")
    start, memory = record["start_seconds"], record["process_bytes"] / 1e9
    own = "".join(f", {name} {value}" for name, value in settings.items())
    about = (
        f"Pictures: {options.pictures}, under `{PRESET}`{own}; {options.times} rounds in which the ways took turns, "
        "medians and range. *Speed-up* and *efficiency* are against one process with one thread. A process takes "
        f"{start:.0f} processor seconds from its start to its first caption, and {memory:.2f} GB of memory of its own. "
        f"The load average was {record['load']:.1f} before: where it is high, the clock tells of others' work, and the "
        "last column alone of ours."
    )
    published(Report("scaling", "Measured: one process and two", about, rows(record)), DOCUMENT)


if __name__ == "__main__":
    main()
