"""Small copies of pictures for tables and lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture, to_data_url
from fuse_core.common.text_files import shown_name
from ui.kit.templates import render
from ui.kit.texts import ASSETS

SIDE = 64  # pixels
SHOWN = 48  # of a list


def thumbnail(path: Path, side: int = SIDE) -> str:
    """A picture as a data URL; empty where it cannot be opened. Those of the project are opened once."""
    return _ours(path, side) if path.is_relative_to(ASSETS) else _opened(path, side)


def strip(paths: Sequence[Path]) -> str:
    """Pictures in a row, by name."""
    rows = [{"name": shown_name(path), "picture": thumbnail(path)} for path in paths[:SHOWN]]
    return render("thumbnails", rows=rows, more=len(paths) - len(rows))


def _opened(path: Path, side: int) -> str:
    try:
        return to_data_url(open_picture(path), side, "JPEG")
    except UserError:
        return ""


_ours = cache(_opened)
