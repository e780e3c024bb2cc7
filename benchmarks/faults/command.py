"""What the command does: all cases, two processes at a time, and a table of them."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from transformers.utils import logging

from benchmarks.faults import world
from benchmarks.faults.fault import FAULTS, Case, Stages
from benchmarks.faults.judge import Verdict, judge, prepare
from benchmarks.faults.table import write_table

_cases: list[tuple[str, Case]] = []
_stages: list[Stages] = []


def main() -> int:
    """Run the cases; 1 where one has a problem."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.faults")
    parser.add_argument("--kinds", nargs="+", choices=list(FAULTS), default=list(FAULTS), metavar="KIND")
    parser.add_argument("--works", nargs="+", choices=list(world.WORKS), default=list(world.WORKS), metavar="WORK")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases that have it in their names alone")
    parser.add_argument("--sample", type=int, metavar="N", help="so many cases of each kind, by chance")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3_600.0, metavar="S", help="no case begins after them")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    world.stand_in()
    gc.freeze()  # processes that are forked share these pages
    began = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="fuse-faults-"))
    try:
        root.chmod(0o755)
        stages = prepare(root, [name for name in world.WORKS if name in options.works])
        _stages.append(stages)
        for kind in options.kinds:
            found = [case for case in FAULTS[kind].cases(stages, options.seed) if case.work in options.works]
            found = [case for case in found if options.only in _name(case)]
            random.Random(options.seed).shuffle(found)
            _cases.extend((kind, case) for case in found[: options.sample])
        random.Random(options.seed).shuffle(_cases)
        verdicts = _judged(root, options.processes, began + options.seconds)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    seconds, of = time.monotonic() - began, len(_cases)
    judged = [(kind, case, verdict) for (kind, case), verdict in zip(_cases, verdicts, strict=True) if verdict]
    wrong = [(kind, case, verdict) for kind, case, verdict in judged if verdict.problems]
    for kind, case, verdict in wrong:
        print(f"{kind}: {_name(case)}\n    " + "\n    ".join(verdict.problems))
    print(f"{len(judged)} of {of} cases, {len(wrong)} with problems, {seconds:.0f} s", flush=True)
    if options.out:
        write_table(options.out, judged, of, seconds, sys.argv[1:])
    return bool(wrong)


def _name(case: Case) -> str:
    return f"{case.work}, {case.what}"


def _judged(root: Path, processes: int, until: float) -> list[Verdict | None]:
    """Every case's verdict; None for those that there was no time for.

    Processes are forked: they have the libraries loaded, and the cases.
    """
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        return list(pool.map(_one, range(len(_cases)), [root] * len(_cases), [until] * len(_cases)))


def _one(k: int, root: Path, until: float) -> Verdict | None:
    if time.monotonic() > until:
        return None
    kind, case = _cases[k]
    try:
        verdict = judge(case, _stages[0], root / f"case-{k}")
    except Exception:  # of the harness itself: the others go on
        verdict = Verdict([traceback.format_exc()], "", 0.0)
    what = f"[{k + 1}/{len(_cases)}] {kind}: {_name(case)} ({verdict.seconds:.1f} s)"
    print(what, *verdict.problems, sep="\n    ", file=sys.stderr)
    return verdict
