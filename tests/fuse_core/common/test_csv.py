"""CSV whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from fuse_core.common.csv import BOM, FORMULA_STARTS, csv_text

REPOSITORY = Path(__file__).parents[3]
WORDS = (REPOSITORY / "tests" / "data" / "cases" / "words_that_are_formulas.txt").read_text("utf-8").split()
ROWS = [["-word", "loss"], *([word, -1.5] for word in WORDS), ["\tx", None], ["\r=1", 0], ["＝1", 2], ['a,"b"', 1e-9]]
EXPECTED = [
    ["'-word", "loss"],
    ['\'=HYPERLINK("http://x.invalid","click")', "-1.5"],
    ["'=1+1", "-1.5"],
    ["'+1", "-1.5"],
    ["'-1", "-1.5"],
    ["'@SUM(A1)", "-1.5"],
    ["cat", "-1.5"],
    ["cat", "-1.5"],
    ["'\tx", ""],
    ["'\r=1", "0"],
    ["'＝1", "2"],
    ['a,"b"', "1e-9"],
]


def cells(text: str) -> list[list[str]]:
    """The rows of a CSV; numbers as one language writes them."""
    assert text.startswith(BOM)
    rows = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""))
    return [[cell.replace("1e-09", "1e-9") for cell in row] for row in rows]


def test_words_that_are_formulas_are_text_and_numbers_stay_numbers():
    assert cells(csv_text(ROWS)) == EXPECTED


SETTINGS = {"prefix": "line\nbreak \u2028 # x", "banned": ["a,=1+1", ";@SUM(A1)"], "weight": 0.5, "of": None}


def test_settings_stand_above_as_comments_that_pandas_skips():
    text = csv_text([["#", "a"], ["#1", 1.5], ["x # y", None]], SETTINGS)
    found = pd.read_csv(io.BytesIO(text.encode()), comment="#")
    assert found.columns.tolist() == ["#", "a"]
    assert found["#"].tolist() == ["#1", "x # y"]
    assert found["a"].tolist()[0] == 1.5
    lines = text.removeprefix(BOM).split("\r\n")
    assert [line.split(":")[0] for line in lines[: len(SETTINGS)]] == [f"# {name}" for name in SETTINGS]
    assert lines[2] == "# weight: 0.5"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_piece_of_a_comment_is_a_formula_to_a_spreadsheet(separator):
    first = csv_text([["a"]], {"text": "x, =1+1;-2,@SUM(A1)"}).removeprefix(BOM).splitlines()[0]
    assert not any(piece.strip().startswith(FORMULA_STARTS) for piece in first.split(separator))
