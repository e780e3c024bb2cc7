"""The ``prepare`` command: what a first run, the page and the tests would make and keep, made beforehand."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict

from fuse_core.cli.commands import report_progress
from fuse_core.cli.outputs import PartialAnswer
from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import text_table
from fuse_core.common.hosting import by_the_host


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument(
        "--preset", metavar="P", help="for this preset alone; default: for every preset whose models are here"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be fetched, how large it is and whether it fits; no more"
    )


def run_prepare(options: argparse.Namespace) -> dict:
    """Make what is not there yet: converted models, adapters, word tables and the sentiment head.

    Whoever runs this is the host: on a public one, too, what is missing is fetched.
    """
    with by_the_host():
        return _prepared(options)


def _prepared(options: argparse.Namespace) -> dict:
    from fuse_core.search.default_preset import offline_preset
    from fuse_core.search.preparation import prepare, presets_at_hand
    from fuse_core.search.presets import load_preset

    started = time.perf_counter()
    # Where nothing is here, what a first run would ask for, of a hub.
    names = [options.preset] if options.preset else presets_at_hand() or [offline_preset()]
    if options.dry_run:
        return _planned(names)
    library = library_of(options)
    prepare(library, [load_preset(name) for name in names], report_progress)
    return {"presets": names, "cache": str(library.cache), "seconds": round(time.perf_counter() - started, 2)}


def _planned(names: list[str]) -> dict:
    """What would be fetched for presets, model by model.

    Raises
    ------
    PartialAnswer
        When a model cannot be had, or all of them do not fit into the memory.
    """
    from fuse_core.models import catalog, memory
    from fuse_core.models.fetch_plan import fetch_plan, too_large
    from fuse_core.search.preparation import models_of
    from fuse_core.search.presets import load_preset

    keys = dict.fromkeys(key for name in names for key in models_of(load_preset(name)))
    plans, free = [fetch_plan(catalog.entry(key)) for key in keys], memory.available()
    answer = {"presets": names, "plan": [asdict(plan) for plan in plans], "free_memory": free}
    if problems := [plan.problem for plan in plans if plan.problem]:
        raise PartialAnswer(answer, problems[0])
    if too_large(plans, free):
        raise PartialAnswer(answer, "They need more memory than is free.", "Choose a preset of smaller models.")
    return answer


def prepare_table(answer: dict) -> str:
    """One line; of a dry run one a model."""
    if "plan" in answer:
        return _plan_table(answer)
    return f"Ready in {answer['cache']} ({answer['seconds']} s): {', '.join(answer['presets'])}"


def _plan_table(answer: dict) -> str:
    rows = [
        {
            "model": plan["key"],
            "from": plan["place"],
            "to fetch": "nothing" if plan["here"] else _size(plan["download"]),
            "memory, float32": _size(plan["memory"]),
        }
        for plan in answer["plan"]
    ]
    fetched = sum(plan["download"] or 0 for plan in answer["plan"])
    total = f"{_size(fetched)} to fetch in all; {_size(answer['free_memory'])} of memory are free."
    return f"{text_table(rows)}\n{total}"


def _size(count: int | None) -> str:
    from fuse_core.models.memory import gigabytes

    return "?" if count is None else gigabytes(count)
