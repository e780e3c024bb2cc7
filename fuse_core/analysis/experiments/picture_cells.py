"""Cells that are pictures of a set, and means over them with the interval of their bootstrap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image

from fuse_core.analysis.experiments.experiment import Cell, Row, Settings
from fuse_core.analysis.paired import bootstrap_mean
from fuse_core.common.picture_folder import look_through
from fuse_core.common.pictures import open_picture
from fuse_core.common.storage import assets_folder


def picture_cells(settings: Settings) -> list[Cell]:
    """The first ``pictures`` of the set ``folder``, by name, one a cell."""
    paths = look_through(assets_folder() / settings["folder"]).pictures
    return [{"picture": path.name} for path in paths[: settings["pictures"]]]


def picture_of(settings: Settings, cell: Cell) -> Image.Image:
    """The picture of a cell."""
    return open_picture(assets_folder() / settings["folder"] / cell["picture"])


def values_of(rows: Iterable[Row], column: str) -> list[float]:
    """What is known of a column."""
    return [row[column] for row in rows if row[column] is not None]


def with_interval(values: Sequence[float], name: str) -> Row:
    """``name``, ``name_low`` and ``name_high``: a mean and its 95 % interval; None without values."""
    found = bootstrap_mean(values) if values else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
