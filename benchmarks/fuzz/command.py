"""What the command does: a process a kind, and a table."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from benchmarks.fuzz.kind import KINDS
from benchmarks.fuzz.trial import HANG, MEGABYTES, Trial, run
from benchmarks.machine import described, write_report

COLUMNS = ("inputs", "taken", "refused with a sentence", "anything else", "slowest, s", "memory above the base, MB")


def main() -> int:
    """Try the kinds; 1 where an input crashes, hangs, or takes too much memory."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.fuzz")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS), metavar="KIND")
    parser.add_argument("--share", type=float, default=1.0, metavar="S", help="of the inputs of each kind (1)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table there")
    options = parser.parse_args()
    counts = [max(1, round(KINDS[name].count * options.share)) for name in options.kinds]
    trials = []
    # A process a kind, started anew: its memory is its own.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, context, max_tasks_per_child=1) as pool:
        for trial in pool.map(run, options.kinds, counts, [options.seed] * len(counts)):
            print(_told(trial), flush=True)
            trials.append(trial)
            if options.out:
                write_report(options.out, _table(trials, options.out))
    return any(trial.wrong for trial in trials)


def _told(trial: Trial) -> str:
    lines = [f"{trial.name}: " + ", ".join(f"{value} {name}" for name, value in zip(COLUMNS, _row(trial), strict=True))]
    lines += [f"    {n} x {what}\n        {trial.examples[what]}" for what, n in trial.problems.most_common()]
    return "\n".join(lines)


def _row(trial: Trial) -> list[str]:
    numbers = (trial.inputs, trial.taken, trial.refused, trial.problems.total())
    return [*(f"{n:,}" for n in numbers), f"{trial.slowest:.2f}", f"{max(0.0, trial.most - trial.base):,.0f}"]


def _table(trials: list[Trial], path: Path) -> str:
    """A row a kind; those that were not tried now stay as they are in the file."""
    before = path.read_text("utf-8").splitlines() if path.exists() else []
    rows = {name: [line for line in before if line.startswith(f"| {kind.title} |")] for name, kind in KINDS.items()}
    for trial in trials:
        cells = [KINDS[trial.name].title, *_row(trial), f"{trial.seconds:,.0f}", f"{date.today():%d %B %Y}"]
        rows[trial.name] = [f"| {' | '.join(cells)} |"]
    command = f"python -m benchmarks.fuzz {' '.join(sys.argv[1:])}".strip()
    head = ["", *COLUMNS, "seconds of the processor, in all", "date"]
    return "\n".join(
        [
            "# Inputs changed by chance",
            "",
            f"{described()}; the last command was `{command}`.",
            "",
            f"| {' | '.join(head)} |",
            f"| --- |{' --: |' * (len(head) - 1)}",
            *(line for lines in rows.values() for line in lines),
            "",
            f"Right is: taken, or refused with a sentence; at most {HANG:g} s of the processor an input, and "
            f"{MEGABYTES:,} MB above what a process has before the first.",
            "",
        ]
    )
