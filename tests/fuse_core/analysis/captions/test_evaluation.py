"""What is made of the measures: values, intervals, differences, and the report of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from fuse_core.analysis.captions import evaluation, report, tables
from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.analysis.captions.evaluation import differences
from fuse_core.analysis.captions.markdown import captions_document
from fuse_core.analysis.captions.metrics.metric import Metric
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.journal_file import BatchResult

KNOWN = CaptionSet("set.json", {f"{k}.jpg": ("a cat sits", f"one of {k} cats") for k in range(8)})
LIBRARY = Library(Path("unused"))


def _lengths(judged, judges) -> np.ndarray:
    return np.array([[len(j.caption), len(j.references[0])] for j in judged], dtype=float)


def _missing(judged, judges) -> np.ndarray:
    raise UserError("It is not here.", "Install it.")


@pytest.fixture(autouse=True)
def _measures(monkeypatch):
    """A ratio of means, and one measure that cannot be taken."""
    ratio = Metric("ratio", 1, ("ratio",), "", _lengths, lambda means: means[..., :1] / means[..., 1:])
    found = {"ratio": ratio, "other": Metric("other", 2, ("other",), "", _missing)}
    monkeypatch.setattr(evaluation, "METRICS", found)
    monkeypatch.setattr("fuse_core.analysis.captions.tables.DIGITS", {"ratio": 2})


def run(name: str, captions: dict[int, str], errors: dict[int, str] | None = None) -> report.CaptionRun:
    results = [BatchResult(f"{k}.jpg", {"caption": text}) for k, text in captions.items()]
    results += [BatchResult(f"{k}.jpg", {"error": text}) for k, text in (errors or {}).items()]
    return report.CaptionRun(name, results)


FIRST = run("first", {k: "x" * (k + 1) for k in range(8)})
SECOND = run("second", dict.fromkeys(range(6), "xxx"), {7: "It is | damaged."})


def test_values_are_of_means_over_pictures_and_single_ones_of_their_own():
    found = FIRST.evaluate(LIBRARY, KNOWN)
    assert found.values()["ratio"]["value"] == pytest.approx(4.5 / 10)
    low, high = found.values()["ratio"]["interval"]
    assert low < 0.45 < high
    assert [row["ratio"] for row in found.scores()] == pytest.approx([(k + 1) / 10 for k in range(8)])
    assert found.missing == {"other": "It is not here. Install it."}


def test_few_pictures_have_no_interval():
    few = run("few", dict.fromkeys(range(4), "x")).evaluate(LIBRARY, KNOWN)
    assert few.values()["ratio"]["interval"] is None
    assert differences(few, few)["columns"]["ratio"]["interval"] is None


def test_a_difference_is_over_the_pictures_that_both_have():
    found = differences(FIRST.evaluate(LIBRARY, KNOWN), SECOND.evaluate(LIBRARY, KNOWN))
    assert found["pictures"] == 6
    ratio = found["columns"]["ratio"]
    assert ratio["difference"] == pytest.approx((3.5 - 3) / 10)
    assert (ratio["lower"], ratio["higher"]) == (2, 3)  # of 1 to 6 letters minus 3
    assert ratio["interval"][0] < 0.05 < ratio["interval"][1]
    assert list(found["columns"]) == ["ratio"]


def test_runs_without_a_picture_in_common_and_without_captions():
    one, other = (run("r", {k: "x"}).evaluate(LIBRARY, KNOWN) for k in (0, 1))
    with pytest.raises(UserError, match="no picture in common"):
        differences(one, other)
    with pytest.raises(UserError, match="no captions to judge"):
        run("r", {99: "x"}).evaluate(LIBRARY, KNOWN)


def test_the_last_result_of_a_picture_counts():
    twice = report.CaptionRun("r", [BatchResult("0.jpg", {"error": "no"}), BatchResult("0.jpg", {"caption": "a cat"})])
    assert twice.captions == {"0.jpg": "a cat"}
    assert twice.errors(KNOWN) == {}


@pytest.fixture
def answer() -> dict:
    return report.report_against(LIBRARY, SECOND, [FIRST], KNOWN, lambda share, what: None)


def test_a_report_tells_pictures_with_and_without_a_caption(answer):
    assert (answer["pictures"], answer["of"]) == (6, 8)
    assert answer["results"][5] == {
        "image": "5.jpg",
        "caption": "xxx",
        "references": ["a cat sits", "one of 5 cats"],
        "scores": {"ratio": pytest.approx(0.3)},
    }
    assert answer["without"] == [{"image": "7.jpg", "error": "It is | damaged."}]
    assert report.failures(SECOND, KNOWN) == "1 picture got no caption; '7.jpg': It is | damaged."
    assert report.failures(FIRST, KNOWN) == ""


def test_a_table_has_a_row_for_every_one(answer):
    rows = list(csv.DictReader(io.StringIO(report.csv_table(answer).lstrip("\ufeff"))))
    assert [row["image"] for row in rows] == [*(f"{k}.jpg" for k in range(6)), "7.jpg"]
    assert float(rows[0]["ratio"]) == pytest.approx(0.3)
    assert rows[0]["references"] == "a cat sits | one of 0 cats"
    assert rows[-1]["error"] == "It is | damaged."


def test_a_document_has_every_picture_with_the_captions_of_all_runs(answer):
    lines = captions_document(answer, "python -m x", "../pictures").splitlines()
    [head] = [line for line in lines if line.startswith("6 of the 8 pictures")]
    assert "`python -m x`" in head
    assert "| measure | first | second |" in lines
    [row] = [line for line in lines if line.startswith('| <img src="../pictures/4.jpg"')]
    assert row.endswith("| a cat sits | xxxxx | xxx |")
    assert "second minus first, on 6 pictures:" in lines
    assert "No other: It is not here. Install it." in lines
    assert sum(line.startswith("| <img") for line in lines) == 6


def test_runs_of_one_name_are_told_apart():
    found = report.report_against(LIBRARY, FIRST, [FIRST, FIRST], KNOWN, lambda share, what: None)
    assert [other["name"] for other in found["against"]] == ["first (2)", "first (3)"]
    rows = [row for row in tables.measures(found) if row["measure"] == "ratio"]
    assert [row["compared with"] for row in rows] == ["first (2)", "first (3)"]
    assert {row["difference"] for row in rows} == {"+0.00 (+0.00 to +0.00)"}


def test_the_table_says_on_how_many_pictures_a_run_is_lower_and_higher():
    found = report.report_against(LIBRARY, SECOND, [FIRST], KNOWN, lambda share, what: None)
    row = tables.measures(found)[0]
    difference = found["against"][0]["differences"]["columns"][row["measure"]]
    assert row["lower and higher on"] == f"{difference['lower']} and {difference['higher']}"
    assert difference["lower"] + difference["higher"] > 0
