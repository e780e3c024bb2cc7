"""Running an experiment: kept cells, resumption, records, and what is refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest

from fuse_core.analysis.experiments import record as records
from fuse_core.analysis.experiments.cell_journal import open_cells
from fuse_core.analysis.experiments.experiment import Column, Experiment, Figure
from fuse_core.analysis.experiments.record import problem_of, read_record
from fuse_core.analysis.experiments.run import run_experiment
from fuse_core.common.errors import MissingModel, UserError
from fuse_core.library import Library


class Interrupted(Exception):
    """As if the process were killed."""


class Squares:
    """Squares of numbers, and which were measured; ``stops_at`` raises, ``lacks`` is a model that is not there."""

    def __init__(self) -> None:
        self.measured: list[int] = []
        self.stops_at = self.lacks = -1

    def measure(self, library, settings, cell, progress):
        if cell["x"] == self.stops_at:
            raise Interrupted
        if cell["x"] == self.lacks:
            raise MissingModel("It is not here.", "Install it.")
        self.measured.append(cell["x"])
        return [{"x": cell["x"], "square": cell["x"] ** 2, "note": "odd" if cell["x"] % 2 else "even"}]


@pytest.fixture
def squares() -> Squares:
    return Squares()


@pytest.fixture
def experiment(squares, monkeypatch) -> Experiment:
    made = Experiment(
        name="squares",
        title="What is a square?",
        asks="It asks.",
        sizes={"small": {"n": 4}, "large": {"n": 6}},
        columns=(Column("x", "x"), Column("square", "x squared"), Column("note", "note", "text")),
        figures=(Figure("all", "Squares", "x", "square", "note"),),
        cells=lambda settings: [{"x": k} for k in range(settings["n"])],
        measure=squares.measure,
        table=lambda settings, rows: list(rows),
        says=lambda rows: f"{len(rows)} squares",
    )
    monkeypatch.setattr(records, "EXPERIMENTS", {"squares": made})
    return made


def run(experiment, folder, size="small"):
    return run_experiment(Library(folder / "cache"), experiment, size, folder)


def test_a_record_is_written_with_its_table(experiment, tmp_path):
    record = run(experiment, tmp_path)
    assert [row["square"] for row in record["rows"]] == [0, 1, 4, 9]
    assert record["command"] == "python -m fuse_core experiment squares --size small"
    assert record["settings"] == {"n": 4}
    assert read_record(tmp_path / "squares.json") == record
    lines = (tmp_path / "squares.csv").read_text("utf-8-sig").splitlines()
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [int(row["square"]) for row in table] == [0, 1, 4, 9]
    assert any(line.startswith("# settings:") for line in lines)
    assert sorted(path.name for path in tmp_path.glob("squares.*")) == ["squares.csv", "squares.json"]


def test_a_broken_off_experiment_goes_on_where_it_stopped(experiment, squares, tmp_path):
    squares.stops_at = 2
    with pytest.raises(Interrupted):
        run(experiment, tmp_path)
    with (tmp_path / "squares.cells.jsonl").open("ab") as file:
        file.write(b'{"cell": {"x": 2}, "ro')  # killed while it wrote
    squares.stops_at = -1
    resumed = run(experiment, tmp_path)
    assert squares.measured == [0, 1, 2, 3]
    assert [row["x"] for row in resumed["rows"]] == [0, 1, 2, 3]


def test_cells_of_other_settings_are_refused(experiment, squares, tmp_path):
    squares.stops_at = 1
    with pytest.raises(Interrupted):
        run(experiment, tmp_path)
    with pytest.raises(UserError, match=r"'squares.cells.jsonl' holds cells of other settings"):
        run(experiment, tmp_path, "large")


def test_a_file_that_is_no_journal_is_refused_and_left_alone(experiment, tmp_path):
    path = tmp_path / "squares.cells.jsonl"
    path.write_text("my notes\nof today\n")
    with pytest.raises(UserError, match="holds cells of other settings"):
        run(experiment, tmp_path)
    assert path.read_text() == "my notes\nof today\n"


def test_two_processes_do_not_write_one_journal(tmp_path):
    with (
        open_cells(tmp_path / "a.jsonl", {"of": 1}),
        pytest.raises(UserError, match="Another process is writing"),
        open_cells(tmp_path / "a.jsonl", {"of": 1}),
    ):
        pass


def test_a_cell_without_its_model_is_left_out_and_said(experiment, squares, tmp_path):
    squares.lacks = 1
    record = run(experiment, tmp_path)
    assert [row["x"] for row in record["rows"]] == [0, 2, 3]
    assert record["left_out"] == [{"cell": {"x": 1}, "error": "It is not here. Install it."}]


def test_where_nothing_can_be_measured_that_is_said(experiment, squares, tmp_path):
    squares.lacks = 0
    one = replace(experiment, cells=lambda settings: [{"x": 0}])
    with pytest.raises(UserError, match=r"Nothing could be measured. It is not here."):
        run(one, tmp_path)


def test_a_size_that_there_is_not(experiment, tmp_path):
    with pytest.raises(UserError, match="'size' must be one of small, large"):
        run(experiment, tmp_path, "huge")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rows": []}, "it has no rows"),
        ({"rows": [{"x": 1}]}, "row 1 has other columns"),
        ({"rows": [{"x": "1", "square": 1, "note": "odd"}]}, "row 1 has no number as x"),
        ({"rows": [{"x": 1, "square": 1, "note": None}]}, "row 1 has no text as note"),
        ({"rows": [{"x": None, "square": 1, "note": "odd"}]}, ""),
    ],
)
def test_what_is_wrong_with_a_record(experiment, tmp_path, change, problem):
    assert problem_of(run(experiment, tmp_path) | change) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{}", "is no record of an experiment"), ("{", "is no JSON")],
)
def test_a_file_that_is_no_record(experiment, tmp_path, text, problem):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UserError, match=problem):
        read_record(tmp_path / "x.json")


def test_a_record_of_a_later_version(experiment, tmp_path):
    record = run(experiment, tmp_path) | {"version": 2}
    (tmp_path / "x.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="not known here"):
        read_record(tmp_path / "x.json")


def test_a_figure_draws_rows_that_have_both_values():
    rows = [{"x": 1, "y": 2, "kind": "a"}, {"x": None, "y": 2, "kind": "a"}, {"x": 1, "y": 1, "kind": "b"}]
    assert Figure("f", "F", "x", "y", "", where={"kind": "a"}).rows(rows) == rows[:1]
