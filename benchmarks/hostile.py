"""A hostile visitor: ``python -m benchmarks.hostile`` (``make hostile``) writes ``benchmarks/HOSTILE.md``.

Serves the app with the limits of a public host, tries every attack of the modules whose names end with ``attacks``,
and records each answer, how long it took, the most that the server held meanwhile above what it held before, and
whether it left a traceback in its log. Ends with 1 where one did harm, told of the server's insides, took a gigabyte of
memory, or left one.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from benchmarks.attacks import ENDPOINTS, INSIDES, PLAIN, Attack, Harmed, Target
from benchmarks.disk_attacks import disk_attacks, own_disk
from benchmarks.host_attacks import host_attacks
from benchmarks.machine import FAILURE, described, forget_peak, own_memory, peak_memory, write_report
from benchmarks.page_attacks import page_attacks
from benchmarks.picture_attacks import picture_attacks
from benchmarks.view_attacks import view_attacks
from benchmarks.visit import Visit, config_of, until_ready
from benchmarks.work_attacks import work_attacks
from tests.browser.server import served

REPORT = Path(__file__).with_name("HOSTILE.md")
SHOWN = 110  # characters of an answer
NAMED = 5  # attacks that are named for their memory
MOST_MB = 1_000  # that one may take


@dataclass(frozen=True)
class Row:
    """One attack: what it was told, whether it was refused, seconds, megabytes at most, and tracebacks in the log."""

    name: str
    answer: str
    refused: bool
    seconds: float
    most: float
    tracebacks: int

    @property
    def ok(self) -> bool:
        return self.refused and not self.tracebacks and self.most <= MOST_MB


@dataclass(frozen=True)
class Server:
    """The process that is attacked, and the file of its log."""

    process: psutil.Process
    log: Path

    @property
    def megabytes(self) -> float:
        return own_memory(self.process)

    @property
    def tracebacks(self) -> int:
        """So far; of errors that were logged as one JSON object, too."""
        return len(FAILURE.findall(self.log.read_text("utf-8", "replace")))


def tried(attack: Attack, target: Target) -> tuple[str, bool]:
    """The answer, and whether the server came through."""
    try:
        answer = attack.run(target)
    except Harmed as harm:
        return str(harm), False
    except httpx.HTTPStatusError as refused:  # of what had to be sent before
        answer = f"{refused.response.status_code} {refused.response.text}"
    except httpx.TimeoutException:
        return "No answer in time.", False
    return answer, not INSIDES.search(answer)


def rows(attacks: Iterable[Attack], target: Target, server: Server) -> list[Row]:
    """What came of each, told as they come."""
    found = []
    for attack in attacks:
        began, failures = time.perf_counter(), server.tracebacks
        forget_peak(server.process)
        before = peak_memory(server.process)
        answer, refused = tried(attack, target)
        seconds, most = time.perf_counter() - began, peak_memory(server.process) - before
        row = Row(attack.name, answer, refused, seconds, most, server.tracebacks - failures)
        found.append(row)
        sign = "refused" if row.ok else "HARM   "
        told = f"{sign} {seconds:5.1f} s {most:+6.0f} MB  {attack.name[:60]}: {answer[:90]!r}"
        print(told + (f", {row.tracebacks} TRACEBACKS" if row.tracebacks else ""), flush=True)
    return found


def cell(text: str) -> str:
    """Text in a table's cell, as it stands."""
    line = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return f"`{line[: SHOWN - 1]}…`" if len(line) > SHOWN else f"`{line}`"


def left_out(attacks: Sequence[Attack], why: str) -> str:
    """Which attacks were not tried, and why."""
    return f"Left out are {len(attacks)} attacks, because {why}: {', '.join(cell(attack.name) for attack in attacks)}."


def report(found: Sequence[Row], grown: float, healthy: bool, not_tried: str = "") -> str:
    """The table, what it comes to, and what was not tried."""
    harmed = sum(not row.ok for row in found)
    tracebacks = sum(row.tracebacks for row in found)
    most = ", ".join(f"{cell(row.name)} {row.most:,.0f} MB" for row in sorted(found, key=lambda row: -row.most)[:NAMED])
    lines = [
        "# A hostile visitor",
        "",
        f"Written by `make hostile` on {datetime.now(UTC).date()}, {described()}, limits of a public host: "
        f"{len(found)} attacks, {harmed} of which did what they should not. Its log has {tracebacks} tracebacks, and "
        f"at the end it {'answered' if healthy else 'DID NOT ANSWER'}. The server held {grown:,.0f} MB more then than "
        "after a first Step. Memory is the most that it held during an attack above what it "
        f"held before it, of which {MOST_MB:,} MB are allowed; most at {most}.",
        "",
        *([not_tried, ""] if not_tried else []),
        "| attack | answer | harmless | seconds | memory | tracebacks |",
        "| --- | --- | --- | --: | --: | --- |",
        *(
            f"| {cell(row.name)} | {cell(row.answer)} | {'yes' if row.ok else '**NO**'} | {row.seconds:.1f} "
            f"| {row.most:,.0f} MB | {row.tracebacks or ''} |"
            for row in found
        ),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPORT)
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the server's log there")
    parser.add_argument("--only", metavar="PATTERN", default="", help="only attacks whose name it matches; no report")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        own_disk(Path(name) / "disk") as disk,
        served(Path(name) / "log.txt", FUSE_PUBLIC="1", TMPDIR=str(disk.folder)) as address,
    ):
        [process] = (p for p in psutil.Process().children() if "app.py" in p.cmdline())
        server = Server(process, Path(name) / "log.txt")
        until_ready(address)
        config = config_of(address, whole=True)
        target = Target(address, Path(name), lambda: Visit(address, config), disk.folder)
        target.visit().do("step")  # what any visitor takes is no attack's
        before = server.megabytes
        attacks = [*PLAIN, *ENDPOINTS, *host_attacks(), *picture_attacks()]
        attacks += [made for of in (page_attacks, view_attacks, work_attacks) for made in of(target.visit())]
        attacks += [] if disk.why_not else disk_attacks(disk)
        not_tried = left_out(disk_attacks(disk), disk.why_not) if disk.why_not else ""
        print(not_tried)
        found = rows((attack for attack in attacks if re.search(options.only, attack.name)), target, server)
        healthy, grown = httpx.get(f"{address}healthz", timeout=60).is_success, server.megabytes - before
        if options.log:
            shutil.copy(server.log, options.log)
    if not options.only:
        write_report(options.out, report(found, grown, healthy, not_tried))
    sys.exit(not healthy or not all(row.ok for row in found))


if __name__ == "__main__":
    main()
