"""The table that the harness writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.faults.fault import FAULTS, Case
from benchmarks.faults.judge import Verdict
from benchmarks.faults.world import WORKS
from benchmarks.machine import described, write_report

RIGHT = """\
A case is right where the harmed run ends with the answer that it has without harm, with a sentence, or by the signal;
where the next run has that answer; where both leave exactly the files that are left without harm, with the same
content; where nothing that was finished is made again; and where neither hangs or shows a traceback.
"""


def write_table(
    path: Path, judged: Sequence[tuple[str, Case, Verdict]], of: int, seconds: float, given: Sequence[str]
) -> None:
    """A line a kind of fault, a column a work; then what is said, and what is wrong."""
    judged = sorted(judged, key=lambda one: (FAULTS[one[0]].order, list(WORKS).index(one[1].work)))
    wrong = [one for one in judged if one[2].problems]
    rows = ["| fault | " + " | ".join(WORKS) + " | right |", "| --- |" + " --: |" * (len(WORKS) + 1)]
    for name, fault in FAULTS.items():
        mine = [(case, verdict) for kind, case, verdict in judged if kind == name]
        counts = [sum(case.work == work for case, _ in mine) for work in WORKS]
        right = sum(not verdict.problems for _, verdict in mine)
        rows.append(f"| {fault.title} | " + " | ".join(map(str, counts)) + f" | {right} of {len(mine)} |")
    command = f"python -m benchmarks.faults {' '.join(given)}".strip()
    heading = f"{date.today():%d %B %Y}, {described()}, `{command}`: {len(judged):,} of {of:,} cases, "
    heading += f"chosen by chance, in {seconds:,.0f} s." if len(judged) < of else f"in {seconds:,.0f} s."
    said = [f"| {FAULTS[kind].title} | {case.work}, {case.what} | {v.said} |" for kind, case, v in _examples(judged)]
    lines = ["# Faults", "", heading, "", RIGHT, *rows, "", "What is said, the first of each kind and work:", ""]
    lines += ["| fault | case | sentence |", "| --- | --- | --- |", *said, ""]
    if wrong:
        lines += [
            "Wrong:",
            "",
            *(f"- {kind}: {case.work}, {case.what}: {v.problems[0]}" for kind, case, v in wrong),
            "",
        ]
    write_report(path, "\n".join(lines))


def _examples(judged: Sequence[tuple[str, Case, Verdict]]) -> list[tuple[str, Case, Verdict]]:
    """The first case of each kind and work in which something is said."""
    found = {}
    for one in judged:
        if one[2].said:
            found.setdefault((one[0], one[1].work), one)
    return list(found.values())
