"""Many visitors at once: ``python -m benchmarks.load`` (``make load``) writes ``benchmarks/LOAD.md``.

The app runs in a process of its own with the limits of a public host. Visitors go over the wire as a page does
(``benchmarks.visit``); they share the machine with the server. Three parts:

``steps``  16 visitors step for two minutes, each with its own picture and seed; a finished run is reset.
           Every caption is compared with that of the same step of a run made alone before; the picture on show has to
           be the visitor's own.
``idle``   50 pages are opened and left open.
``hog``    8 visitors step for a minute, then again beside one who presses Run with the largest settings allowed.

Seconds are on the clock, from the press of Step to the last change of its answer, the wait in line included.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from benchmarks.machine import described
from benchmarks.visit import API, Answer, Visit, config_of
from fuse_core.common.storage import assets_folder
from tests.browser.server import served

REPORT = Path(__file__).with_name("LOAD.md")
PICTURES = sorted((assets_folder() / "evaluation").glob("*.jpg"))
STEPS = 4  # of a run; then it is reset
CAPTION = re.compile(r'data-caption="([^"]*)"')
WAITING = re.compile(r"you are number (\d+) in line")
LARGEST = {"Steps": 32, "Beams": 2, "Candidates": 512}  # 1,024 prompts a step, the most on a public host


@dataclass
class Seen:
    """What one visitor met."""

    seconds: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Stepper:
    """A visitor with the k-th picture and the seed k."""

    def __init__(self, address: str, config: dict[str, Any], k: int) -> None:
        self.visit, self.seen, self.alone = Visit(address, config), Seen(), []
        self.visit.open()
        self.picture = self.visit.upload(PICTURES[k % len(PICTURES)], f"visitor-{k}.jpg")
        self.visit.set("picture", self.picture)
        self.visit.do("picture", "upload")
        self.set(Steps=STEPS, Seed=k)

    def set(self, **settings: Any) -> None:
        """Settings of the run, by their labels."""
        for label, value in settings.items():
            key = next(k for k in self.visit.handler("step")["inputs"] if self.visit.label(k) == label)
            self.visit.values[key] = value

    def measure_alone(self) -> None:
        """The captions of every step, with nobody else about."""
        self.alone = [_caption(self.visit.do("step")) for _ in range(STEPS)]
        self.visit.do("reset")

    def step_until(self, deadline: float) -> None:
        """Step, and look at what comes; begin anew after the last."""
        while time.monotonic() < deadline:
            for k in range(STEPS):
                answer = self.visit.do("step")
                self._look(k, answer)
                if time.monotonic() > deadline:
                    break
            self.visit.do("reset")

    def _look(self, k: int, answer: Answer) -> None:
        self.seen.seconds.append(answer.seconds)
        self.seen.places += [int(place) for place in WAITING.findall(" ".join(answer.said))]
        if answer.error or answer.notices:
            self.seen.faults.append(answer.text)
        elif _caption(answer) != self.alone[k]:
            self.seen.faults.append(f"step {k + 1}: '{_caption(answer)}' for '{self.alone[k]}'")
        shown = self.visit.values[self.visit.key("picture")]
        if shown and f"visitor-{self.visit_number}." not in shown["path"]:
            self.seen.faults.append(f"picture {shown['path']}")

    @property
    def visit_number(self) -> str:
        return self.picture["orig_name"].removeprefix("visitor-").removesuffix(".jpg")


class Memory:
    """The server's resident memory, once a second, in MB."""

    def __init__(self, process: psutil.Process) -> None:
        self.process, self.samples, self._done = process, [self.of(process)], threading.Event()

    @staticmethod
    def of(process: psutil.Process) -> float:
        return process.memory_info().rss / 1e6

    def __enter__(self) -> Memory:
        threading.Thread(target=self._sample, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _sample(self) -> None:
        while not self._done.wait(1.0):
            self.samples.append(self.of(self.process))

    def between(self, first: float, last: float) -> float:
        """The mean of a part of the samples, by shares of all."""
        n = len(self.samples)
        return float(np.mean(self.samples[int(first * n) : max(int(last * n), int(first * n) + 1)]))


def _caption(answer: Answer) -> str:
    found = CAPTION.findall(str(answer.updates.get("caption-box", "")))
    return found[0] if found else f"none: {answer.text}"


def together(steppers: Sequence[Stepper], seconds: float) -> Seen:
    """All step at once for so long; what they met, in one."""
    for one in steppers:
        one.seen = Seen()
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(len(steppers)) as pool:
        list(pool.map(lambda one: one.step_until(deadline), steppers))
    met = [one.seen for one in steppers]
    return Seen(*([x for seen in met for x in getattr(seen, name)] for name in ("seconds", "places", "faults")))


def summary(seen: Seen) -> str:
    p50, p95 = np.percentile(seen.seconds, [50, 95])
    places = f"; {len(seen.places)} messages told a place in line, up to {max(seen.places)}" if seen.places else ""
    return f"{len(seen.seconds)} steps, p50 {p50:.1f} s, p95 {p95:.1f} s, {len(seen.faults)} faults{places}"


def steps(steppers: Sequence[Stepper], server: psutil.Process, seconds: float) -> list[str]:
    """Everybody steps."""
    with Memory(server) as memory:
        seen = together(steppers, seconds)
    half, early, late = len(memory.samples) // 2, memory.between(0.45, 0.55), memory.between(0.9, 1.0)
    faults = [f"- fault: {fault}" for fault in seen.faults[:10]]
    return [
        f"{len(steppers)} visitors, {seconds:.0f} s: {summary(seen)}.",
        f"Each caption was that of a run made alone: {'yes' if not seen.faults else 'NO'}. Memory of the server: "
        f"{memory.samples[0]:,.0f} MB before, {early:,.0f} MB in the middle, {late:,.0f} MB at the end "
        f"({late - early:+.0f} MB in the second {half} s).",
        *faults,
    ]


def idle(address: str, config: dict[str, Any], server: psutil.Process, pages: int) -> list[str]:
    """What an opened page costs."""

    def opened() -> Visit:
        visit = Visit(address, config)
        visit.client.get("").raise_for_status()
        visit.open()
        return visit

    opened()
    before = Memory.of(server)
    visits = [opened() for _ in range(pages)]
    lines = [v.client.send(v.client.build_request("GET", f"{API}/heartbeat/{v.session}"), stream=True) for v in visits]
    time.sleep(3)
    after = Memory.of(server)
    for line in lines:
        line.close()
    return [f"{pages} pages opened and left open: {after - before:+.0f} MB, {(after - before) / pages:.2f} MB a page."]


def hog(steppers: Sequence[Stepper], greedy: Stepper, seconds: float) -> list[str]:
    """Some step, without and with one who asks for all there is."""
    without = together(steppers, seconds)
    greedy.set(**LARGEST)
    pressed = threading.Thread(target=lambda: greedy.visit.do("run"), daemon=True)
    pressed.start()
    time.sleep(2)
    beside = together(steppers, seconds)
    still = pressed.is_alive()
    greedy.visit.press("pause")
    pressed.join()
    times = np.percentile(beside.seconds, 95) / np.percentile(without.seconds, 95)
    return [
        f"{len(steppers)} visitors, {seconds:.0f} s, by themselves: {summary(without)}.",
        f"Beside one who pressed Run with {LARGEST}: {summary(beside)}. Its run was "
        f"{'still' if still else 'no more'} going at the end. The others' p95 was {times:.2f} times as long.",
        *(f"- fault: {fault}" for fault in [*without.faults, *beside.faults][:10]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--out", type=Path, default=REPORT)
    options = parser.parse_args()
    began = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log.txt", FUSE_PUBLIC="1") as address:
        [server] = (p for p in psutil.Process().children() if "app.py" in p.cmdline())
        while httpx.get(f"{address}readyz", timeout=60).is_error:
            time.sleep(1)
        config = config_of(address)
        steppers = [Stepper(address, config, k) for k in range(options.visitors)]
        for k, one in enumerate(steppers):
            print(f"alone: {k + 1} of {len(steppers)}", file=sys.stderr)
            one.measure_alone()
        parts = {
            "Stepping": steps(steppers, server, options.seconds),
            "A hog": hog(steppers[: max(options.visitors // 2, 1)], Stepper(address, config, 0), options.seconds / 2),
            "Idle pages": idle(address, config, server, options.pages),
        }
        log = (Path(folder) / "log.txt").read_text()
    machine = f"{described()}, server and visitors on them"
    lines = [
        "# Load",
        "",
        f"Written by `make load` on {datetime.now(UTC).date()}: {machine}, load {began:.1f} before it began. Runs of "
        f"{STEPS} steps with the default settings, limits of a public host (two works computed at a time). Seconds "
        "include the wait in line.",
    ]
    for name, told in parts.items():
        lines += ["", f"## {name}", "", *told]
    lines += ["", f"Tracebacks in the server's log: {log.count('Traceback')}.", ""]
    options.out.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
