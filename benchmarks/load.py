"""Many visitors at once: ``python -m benchmarks.load`` (``make load``) writes ``benchmarks/LOAD.md``.

The app runs in a process of its own with the limits of a public host, and ends with this one, however that ends.
Visitors go over the wire as a page does (``benchmarks.visit``); they share the machine with the server. Four parts:

``alone``  every visitor takes its steps with nobody else about: what each comes to is kept to compare with.
``steps``  16 visitors step for two minutes, each with its own picture and seed; a finished run is reset.
           Caption, objective and the bytes of the picture on show have to be those of the same step alone.
``hog``    8 visitors step for a minute, then again beside one who presses Run with the largest settings allowed.
``idle``   50 pages are opened and left open, more than the server keeps visits in this run.

Seconds are on the clock, from the press of Step to the last change of its answer, the wait in line included. An answer
that does not come is an error after 150 s. Memory is what the server holds besides the files that it maps.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from benchmarks.machine import FAILURE, described, own_memory, write_report
from benchmarks.stepper import STEPS, Seen, Stepper, together
from benchmarks.visit import API, Visit, config_of, until_ready
from tests.browser.server import served

REPORT = Path(__file__).with_name("LOAD.md")
LARGEST = {"Steps": 32, "Beams": 2, "Candidates": 512}  # 1,024 prompts a step, the most on a public host
WINDOW = 10  # seconds of which the memory's median is told
FIRST = 60.0  # seconds in which it may grow


class Memory:
    """A server's memory while the block runs, told as it goes.

    Attributes
    ----------
    windows : list of list of float
        Megabytes every second, ten of them at a time: they rise and fall with each step that is computed.
    """

    def __init__(self, server: psutil.Process, what: str) -> None:
        self.server, self.what, self.windows = server, what, [list[float]()]
        self._done = threading.Event()

    def __enter__(self) -> Memory:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(1.0):
            self.windows[-1].append(own_memory(self.server))
            if len(self.windows[-1]) == WINDOW:
                say(f"{self.what}: {WINDOW * len(self.windows)} s, {np.median(self.windows[-1]):,.0f} MB")
                self.windows.append([])

    @property
    def medians(self) -> list[float]:
        """Of each whole window."""
        return [float(np.median(window)) for window in self.windows if len(window) == WINDOW]

    def slope(self, after: float) -> float:
        """Megabytes a minute from so many seconds on, by least squares; not a number where there are too few."""
        late = self.medians[int(after / WINDOW) :]
        return float(np.polyfit(np.arange(len(late)), late, 1)[0]) * 60 / WINDOW if len(late) > 2 else float("nan")


def say(line: str) -> None:
    """Progress."""
    print(line, file=sys.stderr, flush=True)


def summary(seen: Seen) -> str:
    """One line of figures."""
    p50, p95 = np.percentile(seen.seconds, [50, 95])
    places = f"; {len(seen.places)} messages told a place in line, up to {max(seen.places)}" if seen.places else ""
    counts = f"{len(seen.errors)} errors, {len(seen.mix_ups)} mix-ups"
    return f"{len(seen.seconds)} steps, p50 {p50:.1f} s, p95 {p95:.1f} s, {counts}{places}"


def faults(*met: Seen) -> list[str]:
    """The first of them, as a list."""
    return [f"- {fault[:300]}" for seen in met for fault in [*seen.errors, *seen.mix_ups][:10]]


def steps(steppers: Sequence[Stepper], server: psutil.Process, seconds: float) -> list[str]:
    """Everybody steps."""
    with Memory(server, "steps") as memory:
        seen = together(steppers, seconds)
    first = min(FIRST, seconds / 2)
    shown = ", ".join(f"{megabytes:,.0f}" for megabytes in memory.medians)
    return [
        f"{len(steppers)} visitors, {seconds:.0f} s: {summary(seen)}.",
        "",
        f"Memory of the server, medians of {WINDOW} s, in MB: {shown}; after the first {first:.0f} s "
        f"{memory.slope(first):+.0f} MB a minute.",
        *faults(seen),
    ]


def hog(steppers: Sequence[Stepper], greedy: Stepper, server: psutil.Process, seconds: float) -> list[str]:
    """Some step, without and with one who asks for all there is."""
    with Memory(server, "hog, before"):
        without = together(steppers, seconds)
    greedy.set(**LARGEST)
    greedy.visit.press("run")
    with Memory(server, "hog, beside"), ThreadPoolExecutor(1) as pool:
        heard = pool.submit(greedy.visit.hear)  # who listens to nothing is given up
        beside = together(steppers, seconds)
        greedy.visit.press("pause")
        [run] = heard.result()
    times = np.percentile(beside.seconds, 95) / np.percentile(without.seconds, 95)
    return [
        f"{len(steppers)} visitors, {seconds:.0f} s, by themselves: {summary(without)}.",
        "",
        f"Beside one who pressed Run with {LARGEST}: {summary(beside)}. The others' p95 was {times:.2f} times as long. "
        f"It ran beside them for {run.seconds:.0f} s, from Run until Pause had ended it, and came to: '{run.text}'",
        *faults(without, beside),
    ]


def idle(address: str, config: dict[str, Any], server: psutil.Process, pages: int) -> list[str]:
    """What an opened page costs, and how many the server keeps."""

    def opened(k: int) -> Visit:
        visit = Visit(address, config)
        visit.client.get("").raise_for_status()
        visit.open()
        if k % 10 == 0:
            say(f"idle: page {k} of {pages}")
        return visit

    opened(pages)
    before = own_memory(server)
    visits = [opened(k) for k in range(pages)]
    lines = [v.client.send(v.client.build_request("GET", f"{API}/heartbeat/{v.session}"), stream=True) for v in visits]
    time.sleep(3)
    grown = own_memory(server) - before
    kept = httpx.get(f"{address}healthz", timeout=60).json()["visits"]
    for line in lines:
        line.close()
    return [
        f"{pages} pages opened and left open: {grown:+.0f} MB, {grown / pages:.2f} MB a page. The server kept {kept} "
        "visits, the most of this run; those not heard of for longest were dropped.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--out", type=Path, default=REPORT)
    options = parser.parse_args()
    began, most = psutil.getloadavg()[0], max(options.visitors + 1, options.pages // 2)
    limits = {"FUSE_PUBLIC": "1", "FUSE_LIMITS": f"visits={most}"}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log.txt", **limits) as address:
        [server] = (p for p in psutil.Process().children() if "app.py" in p.cmdline())
        until_ready(address)
        config = config_of(address)
        steppers = [Stepper(address, config, k) for k in range(options.visitors)]
        for k, one in enumerate(steppers):
            one.step_alone()
            say(f"alone: {k + 1} of {len(steppers)}")
        some = steppers[: max(options.visitors // 2, 1)]
        parts = {
            "Stepping": steps(steppers, server, options.seconds),
            "A hog": hog(some, Stepper(address, config, 0), server, options.seconds / 2),
            "Idle pages": idle(address, config, server, options.pages),
        }
        log = (Path(folder) / "log.txt").read_text("utf-8", "replace")
    lines = [
        "# Load",
        "",
        f"Written by `make load` on {datetime.now(UTC).date()}: {described()}, server and visitors on them, load "
        f"{began:.1f} before it began. Runs of {STEPS} steps with the default settings, limits of a public host (two "
        f"works computed at a time), {most} visits kept. Seconds include the wait in line, megabytes no mapped files. "
        "A mix-up would be a caption, an objective or a picture that is not that of the same step made alone.",
    ]
    for name, told in parts.items():
        lines += ["", f"## {name}", "", *told]
    lines += ["", f"Tracebacks in the server's log: {len(FAILURE.findall(log))}.", ""]
    write_report(options.out, "\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
