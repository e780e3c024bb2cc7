"""``benchmarks/RESULTS.md``: one section a benchmark, written by the benchmark itself."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.machine import described, write_report
from fuse_core.cli.text_table import markdown_table

FILE = Path(__file__).with_name("RESULTS.md")
HEAD = """# Benchmarks

Written by the commands that stand here; `make bench` runs them all. Every comparison is a ratio of medians of runs that
took turns in one process on one machine: the seconds themselves say little about another machine.
"""


@dataclass(frozen=True)
class Report:
    """What one benchmark found.

    Attributes
    ----------
    name : str
        Of its module.
    title, about : str
        Of its section, and what its table shows.
    rows : sequence of mapping
    """

    name: str
    title: str
    about: str
    rows: Sequence[Mapping[str, object]]


def section(report: Report, arguments: Sequence[str]) -> str:
    """The report's section, with machine, versions and command."""
    command = " ".join(["python -m", f"benchmarks.{report.name}", *arguments])
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"## {report.title}\n\n`{command}`, {datetime.now(UTC).date()}: {described()}, "
        f"{torch.get_num_threads()} threads, torch {torch.__version__}, OMP_WAIT_POLICY="
        f"{os.environ.get('OMP_WAIT_POLICY', 'not set')}, load average at the end {load}.\n\n{report.about}\n\n"
        f"{markdown_table(report.rows)}\n"
    )


def published(report: Report, file: Path = FILE) -> None:
    """Put the section into the file, in place of an earlier one of that title, and print it."""
    new = section(report, sys.argv[1:])
    known = file.read_text(encoding="utf-8") if file.is_file() else HEAD
    parts = re.split(r"(?m)^(?=## )", known)
    titles = [part.split("\n", 1)[0] for part in parts]
    title = f"## {report.title}"
    if title in titles:
        parts[titles.index(title)] = new + "\n"
    else:
        parts.append(("" if parts[-1].endswith("\n\n") else "\n") + new)
    write_report(file, "".join(parts).rstrip() + "\n")
    print(new)
