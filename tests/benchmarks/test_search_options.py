"""The table of options: equal budgets are equal, differences are paired, a broken-off run goes on."""

from __future__ import annotations

import json

import pytest

import benchmarks.search_options
from benchmarks.search_options import BASE, COMMON, OPTIONS, experiment, says, table
from fuse_core.analysis.experiments.run import run_experiment
from fuse_core.library import Library
from fuse_core.search.presets import load_preset

SETTINGS = {"tuning": 0, "evaluation": 2, "evaluations": 100, "methods": ["random"]}


@pytest.mark.parametrize("method", OPTIONS)
def test_every_option_is_one_of_its_method(method):
    for told in OPTIONS[method].values():
        load_preset("offline-plain").changed(method=method, **{**COMMON[method], **told})


def observations() -> list[dict]:
    runs = {
        BASE: [[50, 1.0, 9.0], [100, 2.0, 8.0]],
        "l2": [[50, 0.4, 7.0], [100, 0.8, 6.0]],
        "nearest": [[90, 3.0, 9.5], [140, 6.0, 1.0]],
    }
    return [
        {"set": "evaluation", "picture": picture, "method": "random", "option": option, "run": run}
        for picture in ("a", "b")
        for option, run in runs.items()
    ]


def test_objectives_are_those_within_the_same_budget():
    rows = {row["option"]: row for row in table(SETTINGS, observations())}
    assert [rows[name]["evaluations"] for name in (BASE, "l2", "nearest")] == [8.0, 6.0, 9.5]
    assert [rows[name]["seconds"] for name in (BASE, "l2", "nearest")] == [9.0, 6.0, 9.5]  # l2 was done after 0.8
    assert rows["l2"]["evaluations_less"] == rows["l2"]["evaluations_less_high"] == -2.0
    assert rows[BASE]["seconds_less"] is None
    assert rows["l2"]["pictures"] == 2
    assert says(list(rows.values())) == "Lower after equal seconds on the evaluation pictures: random l2."


def test_its_columns_are_those_of_its_rows():
    made = experiment(SETTINGS)
    assert [column.name for column in made.columns] == list(table(SETTINGS, observations())[0])


def test_it_is_measured_to_its_end_and_kept_with_its_command(tmp_path, monkeypatch):
    runs = {(o["picture"], o["option"]): o["run"] for o in observations()}

    def known(library, settings, cell, progress):
        return [{**cell, "run": next(run for (_, option), run in runs.items() if option == cell["option"])}]

    monkeypatch.setattr(benchmarks.search_options, "measure", known)
    run_experiment(Library(), experiment(SETTINGS), "small", tmp_path)
    record = json.loads((tmp_path / "search-options.json").read_text("utf-8"))
    assert record["command"].startswith("python -m benchmarks.search_options")
    assert [row["option"] for row in record["rows"]] == [BASE, "l2", "nearest"]
    assert (tmp_path / "search-options.csv").read_text("utf-8").count('\n"evaluation",') == 3
