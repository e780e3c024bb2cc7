"""What a table or a figure was made with: it stands in the file that is saved of it, and gives the file its name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd
from pandas.api.types import is_numeric_dtype

from fuse_core.common.csv import comments, csv_text
from fuse_core.common.version import VERSION
from fuse_core.search.config import CaptionConfig

MARK = 40  # characters of one mark in a file's name
PACKAGES = "% Needs \\usepackage{booktabs}; LuaLaTeX or XeLaTeX where a text is not of Latin letters.\r\n"


@dataclass(frozen=True)
class About:
    """The settings of what is saved.

    Attributes
    ----------
    settings : mapping
        As people read them: name -> JSON value. No path of the server, and nothing of another visitor's.
    marks : sequence of str
        What tells its files apart at a glance: a picture, a method, a pair of models.
    """

    settings: Mapping[str, object]
    marks: Sequence[str] = ()

    def lines(self, what: str) -> dict[str, object]:
        """The settings under the program's name and that of what is saved."""
        return {"FUSE Explorer": VERSION, "content": what, **self.settings}

    def file_name(self, what: str) -> str:
        """A name without its ending, other for other settings: ``fuse-WHAT-MARK-…-DIGEST``."""
        told = json.dumps(self.settings, sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:8]
        return "-".join(filter(None, ["fuse", what, *map(_slug, self.marks), digest]))

    def csv(self, table: pd.DataFrame, what: str) -> str:
        """A table as CSV below its settings."""
        return csv_text([[*table.columns], *_cells(_whole(table)).values.tolist()], self.lines(what))

    def latex(self, table: pd.DataFrame, what: str) -> str:
        """A table as LaTeX, with the rules of booktabs, below its settings."""
        whole = _whole(table)
        columns = "".join("r" if is_numeric_dtype(kind) else "l" for kind in whole.dtypes)
        body = _cells(whole).to_latex(
            index=False, escape=True, na_rep="", column_format=columns, float_format="{:.6g}".format
        )
        return comments(self.lines(what), "%") + PACKAGES + body


def of_config(config: CaptionConfig, picture: str = "", **more: object) -> About:
    """Of what a run, or several of the same settings, came to; ``picture`` is a file's name."""
    shown = {"picture": picture} if picture else {}
    return About({**shown, **more, **config.as_dict()}, [PurePath(picture).stem, config.method])


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers without a point, which the way through a browser may have given them."""
    return table.convert_dtypes()


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """None where nothing is."""
    cells = table.astype(object)
    return cells.where(cells.notna(), None)


def _slug(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).strip("-.")[:MARK]
