"""A hostile visitor: ``python -m benchmarks.hostile`` (``make hostile``) writes ``benchmarks/HOSTILE.md``.

Serves the app with the limits of a public host, tries every attack of ``benchmarks.attacks`` and
``benchmarks.page_attacks``, and records each answer. Ends with 1 where one did harm, or told of the server's insides.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from benchmarks.attacks import ENDPOINTS, INSIDES, PLAIN, Attack, Harmed, Target
from benchmarks.machine import described
from benchmarks.page_attacks import page_attacks
from benchmarks.visit import Visit, config_of
from tests.browser.server import served

REPORT = Path(__file__).with_name("HOSTILE.md")
SHOWN = 110  # characters of an answer


def tried(attack: Attack, target: Target) -> tuple[str, bool]:
    """The answer, and whether the server came through."""
    try:
        answer = attack.run(target)
    except Harmed as harm:
        return str(harm), False
    except httpx.HTTPStatusError as refused:  # of what had to be sent before
        answer = f"{refused.response.status_code} {refused.response.text}"
    return answer, not INSIDES.search(answer)


def rows(attacks: Iterable[Attack], target: Target) -> list[tuple[str, str, bool]]:
    """Attack, answer, whether it was refused; told as they come."""
    found = []
    for attack in attacks:
        began = time.perf_counter()
        answer, ok = tried(attack, target)
        found.append((attack.name, answer, ok))
        sign = "refused" if ok else "HARM   "
        print(f"{sign} {time.perf_counter() - began:5.1f} s  {attack.name[:60]}: {answer[:90]!r}", flush=True)
    return found


def cell(text: str) -> str:
    """Text in a table's cell, as it stands."""
    line = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return f"`{line[: SHOWN - 1]}…`" if len(line) > SHOWN else f"`{line}`"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPORT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log.txt", FUSE_PUBLIC="1") as address:
        [server] = (p for p in psutil.Process().children() if "app.py" in p.cmdline())
        while httpx.get(f"{address}readyz", timeout=60).is_error:
            time.sleep(1)
        config, before = config_of(address), server.memory_info().rss
        target = Target(address, Path(folder), lambda: Visit(address, config))
        found = rows([*PLAIN, *ENDPOINTS, *page_attacks(target.visit())], target)
        healthy, grown = (
            httpx.get(f"{address}healthz", timeout=60).is_success,
            (server.memory_info().rss - before) / 1e6,
        )
        tracebacks = (Path(folder) / "log.txt").read_text("utf-8").count("Traceback")
    harmed = [row for row in found if not row[2]]
    lines = [
        "# A hostile visitor",
        "",
        f"Written by `make hostile` on {datetime.now(UTC).date()}, {described()}, limits of a public host: "
        f"{len(found)} attacks, {len(harmed)} of which did what they should not. The server's memory grew by "
        f"{grown:,.0f} MB meanwhile, its log has {tracebacks} tracebacks, and at the end it "
        f"{'answered' if healthy else 'DID NOT ANSWER'}.",
        "",
        "| attack | answer | refused |",
        "| --- | --- | --- |",
        *(f"| {cell(name)} | {cell(answer)} | {'yes' if ok else '**NO**'} |" for name, answer, ok in found),
        "",
    ]
    options.out.write_text("\n".join(lines), "utf-8")
    sys.exit(bool(harmed) or not healthy)


if __name__ == "__main__":
    main()
