"""Do Ray's workers find what one process finds, though a worker or the driver is killed midway? -> benchmarks/RAY.md

``python -m benchmarks.ray_engine`` captions the evaluation pictures by the local engine and twice by Ray's, started on
this machine: once one worker is killed when a third of the pictures are done, once the driver, which is started again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.machine import described, write_report
from fuse_core.cli.text_table import markdown_table
from fuse_core.common.picture_folder import look_through
from fuse_core.common.storage import assets_folder

FILE = Path(__file__).with_name("RAY.md")
WORKER, DEADLINE = "ray::MapWorker", 3600.0  # how Ray calls the process of a worker; seconds for a run
HEAD = """# Workers and drivers that are killed

Written by `{command}`, {day}: {machine}, Ray {ray}; {pictures} pictures of `{folder}`, {steps} steps of {candidates}
candidates, {workers} workers of one thread. *Alike*: caption, objective and every loss are those of the local engine,
to the last bit.

{table}
"""


@dataclass(frozen=True)
class Job:
    """What is captioned, and how.

    Attributes
    ----------
    folder : Path
    settings : list of str
        Options of every run.
    workers : int
    """

    folder: Path
    settings: list[str]
    workers: int

    def start(self, journal: Path, *more: str) -> subprocess.Popen:
        """A run of ``batch``, whose news go to a file beside the journal."""
        command = [sys.executable, "-m", "fuse_core", "batch", str(self.folder), "--out", str(journal), *self.settings]
        with journal.with_suffix(".log").open("ab") as log:
            return subprocess.Popen([*command, "--threads", "1", *more], stdout=log, stderr=log)

    def start_ray(self, journal: Path) -> subprocess.Popen:
        """A run by the workers of Ray."""
        return self.start(journal, "--engine", "ray", "--workers", str(self.workers))


def results(journal: Path) -> list[dict]:
    """The whole lines of a journal but for the first."""
    content = journal.read_text("utf-8") if journal.exists() else ""
    return [json.loads(line) for line in content.split("\n")[1:-1]]


def row(name: str, local: Path, journal: Path, before: int | None = None, left: int | None = None) -> dict[str, object]:
    """What a run's journal holds beside the local engine's."""
    wanted, found = ({r["image"]: r for r in results(path)} for path in (local, journal))
    return {
        "run": name,
        "pictures": len(found),
        "lost": len(wanted.keys() - found.keys()),
        "twice": len(results(journal)) - len(found),
        "alike": sum(found.get(image) == values for image, values in wanted.items()),
        "done when it was killed": "" if before is None else before,
        "processes left over": "" if left is None else left,
    }


def wait_for(process: subprocess.Popen, journal: Path, count: int) -> int:
    """Until so many pictures are done; how many are.

    Raises
    ------
    RuntimeError
        When the run ends or takes too long before.
    """
    end = time.monotonic() + DEADLINE
    while (done := len(results(journal))) < count:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"The run ended early: {journal.with_suffix('.log').read_text()[-2000:]}")
        time.sleep(0.5)
    return done


def finished(process: subprocess.Popen) -> None:
    """Wait for the end of a run, which must be a good one."""
    code = process.wait(DEADLINE)
    if code:
        raise RuntimeError(f"A run ended with exit code {code}.")


def measure(job: Job, place: Path) -> list[dict[str, object]]:
    """All three runs. Cost: that of captioning the folder three times on this machine."""
    local, worker, driver = (place / f"{name}.jsonl" for name in ("local", "worker", "driver"))
    finished(job.start(local))
    third = max(len(results(local)) // 3, 1)
    rows = [row("local engine", local, local)]

    running = job.start_ray(worker)
    done = wait_for(running, worker, third)
    workers = [p for p in psutil.Process(running.pid).children(recursive=True) if WORKER in " ".join(p.cmdline())]
    workers[0].kill()
    finished(running)
    rows.append(row("Ray, one worker killed", local, worker, done))

    running = job.start_ray(driver)
    done = wait_for(running, driver, third)
    family = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    _, left = psutil.wait_procs(family, timeout=60)
    finished(job.start_ray(driver))
    rows.append(row("Ray, driver killed and started again", local, driver, done, len(left)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    evaluation = assets_folder() / "evaluation"
    parser.add_argument("--images", type=Path, default=evaluation, metavar="DIR", help="default: the evaluation set")
    parser.add_argument("--pictures", type=int, metavar="N", help="the first N alone")
    for name, value in (("steps", 3), ("candidates", 32), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=value, metavar="N", help="(%(default)s)")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="(benchmarks/RAY.md)")
    options = parser.parse_args()
    settings = ["--steps", str(options.steps), "--candidates", str(options.candidates)]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "pictures").mkdir()
        for path in look_through(options.images).pictures[: options.pictures]:
            shutil.copy(path, place / "pictures")
        rows = measure(Job(place / "pictures", settings, options.workers), place)
    text = HEAD.format(
        command=" ".join(["python -m benchmarks.ray_engine", *sys.argv[1:]]),
        day=datetime.now(UTC).date(),
        machine=f"{described()}, load average at the end {os.getloadavg()[0]:.1f}",
        ray=version("ray"),
        pictures=rows[0]["pictures"],
        folder=options.images.name,
        steps=options.steps,
        candidates=options.candidates,
        workers=options.workers,
        table=markdown_table(rows),
    )
    write_report(options.out, text)
    print(text)


if __name__ == "__main__":
    main()
