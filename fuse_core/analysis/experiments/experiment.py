"""What an experiment is, and the registry of those there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fuse_core.common.progress import Progress
from fuse_core.common.registry import Registry
from fuse_core.library import Library

Row = dict[str, Any]  # plain values for JSON
Settings = Mapping[str, Any]
Cell = Mapping[str, Any]
SIZES = ("small", "large")


@dataclass(frozen=True)
class Column:
    """A column of an experiment's table.

    Attributes
    ----------
    name : str
        In rows and files.
    title : str
        For people, with the unit where there is one.
    kind : 'text' or 'number'
        A number may be None where it is not defined.
    """

    name: str
    title: str
    kind: Literal["text", "number"] = "number"


@dataclass(frozen=True)
class Figure:
    """Which columns of the table are drawn, and how; drawing is the page's.

    Attributes
    ----------
    name, title : str
    x, y : str
        Columns on the axes. Where ``y`` is text there is a dot a row, else the points of one series are joined.
    series : str
        The column whose values tell the lines or colours apart.
    low, high : str
        Columns of the ends of the interval, on the axis of the value that was measured; empty without.
    where : mapping
        Column -> value of the rows that are drawn; default: all.
    log_x : bool
    x_title : str
        Of the x axis; default: its column's.
    """

    name: str
    title: str
    x: str
    y: str
    series: str
    low: str = ""
    high: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    log_x: bool = False
    x_title: str = ""

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """Those that are drawn: of ``where``, with a value on either axis."""
        chosen = (row for row in rows if all(row[name] == value for name, value in self.where.items()))
        return [row for row in chosen if row[self.x] is not None and row[self.y] is not None]


@dataclass(frozen=True)
class Experiment:
    """A question, how it is measured, and the form of its answer.

    Attributes
    ----------
    name, title : str
        The title is a short question.
    asks : str
        What it asks and why that matters, in two or three sentences.
    sizes : mapping
        ``small`` and ``large`` -> settings, as plain values for JSON.
    columns : tuple of Column
    figures : tuple of Figure
    cells : callable
        The parts that are measured and kept one by one, so that a broken-off experiment goes on.
    measure : callable
        What one cell comes to, as observations. May raise ``MissingModel``: the cell is then left out.
    table : callable
        From the observations of all cells to the rows of the table.
    says : callable
        What rows come to, in plain words.
    order : int
        Place among the others.
    command : str
        What computes it, where ``python -m fuse_core experiment NAME`` does not.
    """

    name: str
    title: str
    asks: str
    sizes: Mapping[str, Settings]
    columns: tuple[Column, ...]
    figures: tuple[Figure, ...]
    cells: Callable[[Settings], Sequence[Cell]]
    measure: Callable[[Library, Settings, Cell, Progress], list[Row]]
    table: Callable[[Settings, Sequence[Row]], list[Row]]
    says: Callable[[Sequence[Row]], str]
    order: int = 100
    command: str = ""


EXPERIMENTS: Registry[Experiment] = Registry("fuse_core.analysis.experiments", "EXPERIMENT")
