"""The recorded results are what their experiments say, and say something themselves."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fuse_core.analysis.experiments.experiment import EXPERIMENTS, SIZES
from fuse_core.analysis.experiments.record import RECORDED, command_of, read_record

LONGEST = 400  # CPU-seconds: six minutes, and what a busy machine adds
DOCUMENT = (Path(__file__).resolve().parents[4] / "docs" / "experiments.md").read_text("utf-8")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_record_is_of_its_experiment_as_it_is_today(name):
    experiment, record = EXPERIMENTS[name], read_record(RECORDED / f"{name}.json")
    assert record["settings"] == dict(experiment.sizes[record["size"]])
    assert record["command"] == command_of(name, record["size"])
    assert record["left_out"] == []
    assert 0 < record["cpu_seconds"] < LONGEST


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_its_table_is_its_csv(name):
    record = read_record(RECORDED / f"{name}.json")
    lines = (RECORDED / f"{name}.csv").read_text("utf-8-sig").splitlines()
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(table) == len(record["rows"])
    for read, row in zip(table, record["rows"], strict=True):
        assert read == {column: "" if value is None else str(value) for column, value in row.items()}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_figures_have_rows_and_columns_that_there_are(name):
    experiment, rows = EXPERIMENTS[name], read_record(RECORDED / f"{name}.json")["rows"]
    columns = {column.name for column in experiment.columns}
    for figure in experiment.figures:
        assert {figure.x, figure.y, figure.series, figure.low, figure.high, *figure.where} - {""} <= columns
        assert figure.rows(rows)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_it_says_holds_figures_of_the_record(name):
    said = EXPERIMENTS[name].says(read_record(RECORDED / f"{name}.json")["rows"])
    assert any(letter.isdigit() for letter in said)
    assert "nan" not in said
    assert "None" not in said


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_document_says_the_same_beside_the_command(name):
    record = read_record(RECORDED / f"{name}.json")
    assert f"> {EXPERIMENTS[name].says(record['rows'])}\n" in DOCUMENT
    assert f"`{record['command']}`" in DOCUMENT


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_both_sizes_have_cells(name):
    experiment = EXPERIMENTS[name]
    assert tuple(experiment.sizes) == SIZES
    assert all(experiment.cells(experiment.sizes[size]) for size in SIZES)


def test_no_order_comes_of_what_has_to_fail():
    """Shuffled pairs, chance and rank 1 keep next to nothing of the correlation that the fitted map keeps."""
    accuracy = {row["arm"]: row for row in read_record(RECORDED / "accuracy.json")["rows"]}
    assert accuracy["pseudoinverse"]["share_low"] > 0.5
    assert all(accuracy[arm]["share_high"] < 0.1 for arm in ("shuffled pairs", "no gradient (chance)"))
    storage = {row["form"]: row for row in read_record(RECORDED / "storage.json")["rows"]}
    assert storage["rank 1"]["share_high"] < 0.5 < storage["float32"]["share_low"]
