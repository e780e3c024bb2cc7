"""What each option of a method is worth: the objective after equal evaluations and after equal seconds.

``python -m benchmarks.search_options --out results``. Chosen by ``tuning``, pictures of ``assets/tuning``, and reported
on ``evaluation``, pictures of ``assets/evaluation``: no option is taken for what it did on the pictures that it is
reported on. Every run goes on until it has judged ``--evaluations`` prompts. *Equal seconds* is the processor time by
which the first of a method's options was done, picture by picture. Differences are paired over pictures, with the 95 %
interval of their bootstrap. ``no gradient`` draws its candidates blindly. A run that is broken off goes on when it is
started again. ``mellowmax`` and ``early_stop`` are not here: a run with another loss has another objective.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fuse_core.analysis.experiments.experiment import Cell, Column, Experiment, Row, Settings
from fuse_core.analysis.experiments.picture_cells import picture_cells, picture_of, with_interval
from fuse_core.analysis.experiments.run import run_experiment
from fuse_core.analysis.paired import paired_difference
from fuse_core.cli.commands import report_progress
from fuse_core.cli.text_table import markdown_table
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.presets import load_preset
from fuse_core.search.session import Session

PRESET, BASE = "offline-plain", "as it is"
COMMON: dict[str, dict[str, Any]] = {  # so few candidates that a budget is many steps
    "gcg": {"beams": 1, "candidates": 32},
    "pez": {"beams": 1},
    "random": {"beams": 1, "candidates": 32},
    "autodan": {"beams": 2, "candidates": 16, "search": "uniform-cost", "ending": "fixed"},
}
OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "gcg": {
        BASE: {},
        "no gradient": {"guidance": "random"},
        "n_replace 2": {"n_replace": 2},
        "greedy, no prompt twice": {"sampling": "greedy", "rescoring": "never"},
        "no prompt twice": {"rescoring": "never"},
        "distance_weight 1": {"distance_weight": 1.0},
        "epsilon 0.5": {"epsilon": 0.5},
        "probe_share 0.125": {"probe_share": 0.125},
        "probe_share 0.25": {"probe_share": 0.25},
        "buffer_size 0": {"buffer_size": 0},
    },
    "pez": {
        BASE: {},
        "no gradient": {"guidance": "random"},
        "adamw": {"optimiser": "adamw"},
        "adamw, learning_rate 1": {"optimiser": "adamw", "learning_rate": 1.0},
        "adamw, weight_decay 0": {"optimiser": "adamw", "weight_decay": 0.0},
    },
    "random": {BASE: {}, "l2": {"norm": "l2"}, "nearest": {"norm": "nearest"}},
    "autodan": {
        BASE: {},
        "no gradient": {"guidance": "random"},
        "frontier_size 32": {"frontier_size": 32},
        "initial_tokens 2": {"initial_tokens": 2},
    },
}


def cells(settings: Settings) -> list[Cell]:
    """Every picture of both sets under every option."""
    return [
        {"set": name, **picture, "method": method, "option": option}
        for name in ("tuning", "evaluation")
        for picture in picture_cells({"folder": name, "pictures": settings[name]})
        for method in settings["methods"]
        for option in OPTIONS[method]
    ]


def measure(library: Library, settings: Settings, cell: Cell, progress: Progress) -> list[Row]:
    """One run: after every step, prompts judged so far, seconds of the processor so far, and the best objective."""
    method, steps = cell["method"], 64 if cell["method"] == "autodan" else 256
    told = {**COMMON[method], **OPTIONS[method][cell["option"]]}
    config = load_preset(PRESET).changed(method=method, steps=steps, **told)
    session = Session.start(library, config, picture_of({"folder": cell["set"]}, cell))
    judged, idle, seconds, best, run = 0, 0, 0.0, float("inf"), []
    while judged < settings["evaluations"] and idle < 3 and not session.finished:
        progress(judged / settings["evaluations"], f"{judged} prompts")
        started = time.process_time()
        step = session.step()
        seconds += time.process_time() - started
        judged, idle = judged + step.evaluations, idle + 1 if step.is_idle else 0
        best = min([best, *(beam.objective or 0.0 for beam in step.beams)])
        run.append([judged, round(seconds, 3), best])
    return [{**cell, "run": run}]


def table(settings: Settings, observations: Sequence[Row]) -> list[Row]:
    """A row a set, method and option: both means, and both differences from the method as it is."""
    return [
        _row(settings, name, method, option, [o for o in observations if (o["set"], o["method"]) == (name, method)])
        for name in ("tuning", "evaluation")
        for method in settings["methods"]
        for option in OPTIONS[method]
        if any(o["set"] == name for o in observations)
    ]


def _row(settings: Settings, name: str, method: str, option: str, runs: Sequence[Row]) -> Row:
    pictures = sorted({o["picture"] for o in runs})
    of = {(o["picture"], o["option"]): o["run"] for o in runs}
    soonest = {p: min(of[p, other][-1][1] for other in OPTIONS[method]) for p in pictures}
    measured: dict[str, dict[str, list[float]]] = {
        which: {
            "evaluations": [_reached(of[p, which], 0, settings["evaluations"]) for p in pictures],
            "seconds": [_reached(of[p, which], 1, soonest[p]) for p in pictures],
        }
        for which in (option, BASE)
    }
    row: Row = {"set": name, "method": method, "option": option, "pictures": len(pictures)}
    for equal in ("evaluations", "seconds"):
        row |= with_interval(measured[option][equal], equal)
        found = paired_difference(measured[option][equal], measured[BASE][equal]).difference
        ends = dict(zip(("", "_low", "_high"), found, strict=True))
        row |= {f"{equal}_less{end}": None if option == BASE else value for end, value in ends.items()}
    return row


def _reached(run: Sequence[Sequence[float]], column: int, most: float) -> float:
    """The best objective of the steps that are within the budget; of the first where it is beyond."""
    within = [step for step in run if step[column] <= most]
    return (within or run[:1])[-1][2]


def says(rows: Sequence[Row]) -> str:
    """What was lower on the evaluation pictures, its interval without 0."""
    lower = [
        f"{row['method']} {row['option']}"
        for row in rows
        if row["set"] == "evaluation" and row["seconds_less_high"] is not None and row["seconds_less_high"] < 0
    ]
    return f"Lower after equal seconds on the evaluation pictures: {', '.join(lower) or 'none'}."


def experiment(settings: Settings) -> Experiment:
    """With these numbers of pictures and evaluations."""
    ends = (("", ""), ("_low", ", 95 % from"), ("_high", ", 95 % to"))
    columns = [Column("set", "pictures of", "text"), Column("method", "method", "text")]
    columns += [Column("option", "option", "text"), Column("pictures", "n")]
    for equal in ("evaluations", "seconds"):
        columns += [Column(f"{equal}{end}", f"objective after equal {equal}{told}") for end, told in ends]
        columns += [Column(f"{equal}_less{end}", f"less that as it is, {equal}{told}") for end, told in ends]
    return Experiment(
        "search-options", "What is each option of a method worth?", __doc__ or "", {"small": settings}, tuple(columns),
        (), cells, measure, table, says, command=" ".join(["python -m benchmarks.search_options", *sys.argv[1:]]),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", type=int, default=2, metavar="N", help="pictures to choose by (%(default)s)")
    parser.add_argument("--evaluation", type=int, default=2, metavar="N", help="pictures to report (%(default)s)")
    parser.add_argument("--evaluations", type=int, default=256, metavar="N", help="prompts a run (%(default)s)")
    parser.add_argument("--methods", nargs="+", default=list(OPTIONS), choices=list(OPTIONS))
    parser.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="(%(default)s)")
    options = parser.parse_args()
    settings = {name: getattr(options, name) for name in ("tuning", "evaluation", "evaluations", "methods")}
    record = run_experiment(Library(), experiment(settings), "small", options.out, report_progress)
    print(says(record["rows"]), "\n")
    short = [
        {
            "pictures of": f"{row['set']}, {row['pictures']}",
            "method": row["method"],
            "option": row["option"],
            **{f"after equal {equal}": f"{row[equal]:.2f}" for equal in ("evaluations", "seconds")},
            **{f"difference, {equal}": _told(row, equal) for equal in ("evaluations", "seconds")},
        }
        for row in record["rows"]
    ]
    print(markdown_table(short))


def _told(row: Row, equal: str) -> str:
    less, low, high = (row[f"{equal}_less{end}"] for end in ("", "_low", "_high"))
    return "" if less is None else f"{less:+.2f} ({low:+.2f} to {high:+.2f})"


if __name__ == "__main__":
    main()
