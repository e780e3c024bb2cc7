"""Figures of experiments: what is drawn, where, and with which intervals."""

from __future__ import annotations

import pytest

from fuse_core.analysis.experiments.experiment import EXPERIMENTS, Column, Experiment, Figure
from fuse_core.analysis.experiments.record import RECORDED, read_record
from ui.evidence.figures import draw

ROWS = [
    {"arm": "a", "x": 2.0, "low": 1.5, "high": 3.0, "of": 1.0},
    {"arm": "b", "x": 1.0, "low": 0.5, "high": 1.5, "of": 1.0},
    {"arm": "c", "x": None, "low": None, "high": None, "of": 2.0},
]


def experiment(figure: Figure) -> Experiment:
    columns = (Column("arm", "arm", "text"), *(Column(name, f"{name}, units") for name in ("x", "low", "high", "of")))
    none = EXPERIMENTS["storage"]
    return Experiment("e", "E?", "", {}, columns, (figure,), none.cells, none.measure, none.table, none.says)


def test_named_rows_are_dots_with_intervals_the_first_on_top():
    figure = Figure("f", "F", "x", "arm", "", "low", "high")
    found = draw(experiment(figure), figure, ROWS)
    (dots,) = found.data
    assert list(dots.y) == ["b", "a"]  # upwards
    assert list(dots.error_x.array) == [0.5, 1.0]
    assert list(dots.error_x.arrayminus) == [0.5, 0.5]
    assert found.layout.xaxis.title.text == "x, units"


def test_numbers_are_lines_by_series_in_order_of_x():
    figure = Figure("f", "F", "x", "low", "of", log_x=True)
    found = draw(experiment(figure), figure, ROWS)
    (line,) = found.data
    assert (line.name, list(line.x), list(line.y)) == ("of 1", [1.0, 2.0], [0.5, 1.5])
    assert found.layout.xaxis.type == "log"
    assert found.layout.yaxis.title.text == "low, units"


def test_without_rows_that_is_said():
    figure = Figure("f", "F", "x", "low", "of", where={"arm": "z"})
    assert "No row" in draw(experiment(figure), figure, ROWS).layout.annotations[0].text


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_recorded_figure_has_titled_axes_and_values(name):
    rows = read_record(RECORDED / f"{name}.json")["rows"]
    for figure in EXPERIMENTS[name].figures:
        found = draw(EXPERIMENTS[name], figure, rows)
        assert found.layout.xaxis.title.text not in ("", "value")
        assert sum(len(trace.x) for trace in found.data) == len(figure.rows(rows))
