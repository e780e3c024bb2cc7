"""The ``experiment`` command."""

from __future__ import annotations

import json

import pytest

from fuse_core.analysis.experiments import experiment as experiments
from fuse_core.analysis.experiments import record as records
from fuse_core.analysis.experiments.experiment import Column, Experiment
from fuse_core.cli.parser import main

COUNT = Experiment(
    name="count",
    title="How many are there?",
    asks="It counts.",
    sizes={"small": {"n": 2}, "large": {"n": 3}},
    columns=(Column("k", "number"),),
    figures=(),
    cells=lambda settings: [{"k": k} for k in range(settings["n"])],
    measure=lambda library, settings, cell, progress: [dict(cell)],
    table=lambda settings, rows: list(rows),
    says=lambda rows: f"There are {len(rows)}.",
)


@pytest.fixture
def known(monkeypatch) -> None:
    for module in (experiments, records):
        monkeypatch.setattr(module, "EXPERIMENTS", {"count": COUNT})


def test_without_a_name_they_are_listed(known, capsys):
    assert main(["experiment"]) == 0
    assert "count  How many are there?" in capsys.readouterr().out


@pytest.mark.usefixtures("known")
def test_a_name_writes_a_record_and_prints_what_it_says(tmp_path, capsys):
    assert main(["experiment", "count", "--size", "large", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == ["There are 3.", "number", "     0", "     1", "     2"]
    assert json.loads((tmp_path / "count.json").read_text())["settings"] == {"n": 3}


@pytest.mark.usefixtures("known")
def test_an_unknown_name_is_told_what_there_is(capsys):
    assert main(["experiment", "cuont"]) == 2
    assert capsys.readouterr().err == "error: There is no experiment 'cuont'. Choose one of: count.\n"


@pytest.mark.usefixtures("known")
def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["experiment", "count", "--out", str(tmp_path / "file")]) == 2
    assert "could not be saved" in capsys.readouterr().err
