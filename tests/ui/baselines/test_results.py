"""A comparison on the page: the recorded one at first, then the visitor's own."""

from __future__ import annotations

import copy
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from fuse_core.analysis.arms import ARMS, PAIRS
from fuse_core.analysis.comparison import summary
from fuse_core.analysis.comparison_record import differences, means, read_record
from tests.fuse_core import tiny_models
from tests.ui.visitor import Visitor
from ui.baselines import figures, results
from ui.baselines.handlers import RECORDED

RECORD = read_record(RECORDED)


def made(curves: dict[str, list[list[float]]]) -> dict[str, Any]:
    """A record of these objectives after every step, by arm and picture."""
    costs = {"evaluations": 8, "n_forward_passes": 2, "cpu_seconds": 0.5, "caption": "a cat"}
    pictures = range(len(next(iter(curves.values()))))
    rows = [
        {
            "image": f"{k}.jpg",
            "seed": 0,
            "arms": {arm: {"objective": min(runs[k]), "objectives": runs[k], **costs} for arm, runs in curves.items()},
        }
        for k in pictures
    ]
    return {"results": rows, "folder": "your own", **summary(rows)}


def test_the_page_opens_with_the_record_and_tells_its_day_settings_and_command(visitor):
    visitor.call("BaselineHandlers.recorded")
    for name, rows in (("means", means(RECORD)), ("differences", differences(RECORD))):
        assert visitor[f"base-{name}"].to_dict("records") == rows
    assert results.says(RECORD).startswith(f"- **{PAIRS[0].question}** ")
    assert visitor["base-says"] == results.says(RECORD)
    seconds = sum(run["cpu_seconds"] for row in RECORD["results"] for run in row["arms"].values())
    for part in (
        "24 pictures of `assets/evaluation`; preset offline-plain, method autodan, 8 steps, 4 beams, 64 candidates",
        f"Recorded on {RECORD['created']}",
        "python -m fuse_core compare --record",
        f"in {seconds / 60:.0f} minutes",
    ):
        assert part in visitor["base-source"]
    assert len(visitor["base-table"]) == len(RECORD["results"]) * len(ARMS)


def test_equal_curves_share_a_line_and_a_legend_entry():
    record = made(
        {"lm": [[5.0, 4.0], [3.0, 3.0]], "fuse": [[5.0, 3.0], [3.0, 2.0]], "target": [[6.0, 4.0], [2.0, 1.0]]}
    )
    lines: Any = figures.curves(record).data
    assert [line.name for line in lines] == ["lm", "fuse = target"]
    assert list(lines[1].y) == [fmean((5.0, 3.0)), fmean((3.0, 2.0))]


def test_a_record_without_steps_has_dots_and_means_alone():
    assert not figures.has_steps(RECORD)
    drawn: Any = figures.spread(RECORD).data
    dots = {line.y[0]: line for line in drawn if len(line.x) > 1}
    assert sorted(dots) == sorted(ARMS)
    assert sorted(dots["lm"].x) == sorted(row["arms"]["lm"]["objective"] for row in RECORD["results"])
    [mean] = [line for line in drawn if len(line.x) == 1 and line.y[0] == "lm"]
    low, high = RECORD["arms"]["lm"]["interval"]
    ends = mean.x[0] - mean.error_x.arrayminus[0], mean.x[0] + mean.error_x.array[0]
    assert ends == pytest.approx((low, high))


def test_what_failed_is_a_row_that_says_why():
    record = copy.deepcopy(made({"lm": [[2.0]], "fuse": [[1.0]]})) | {"skipped": [{"image": "b.png", "error": "Bad."}]}
    rows = results.runs(record)
    assert list(rows["arm"]) == ["fuse", "lm", ""]
    assert list(rows.iloc[-1][["picture", "note"]]) == ["b.png", "Bad."]
    assert list(rows["of lm's"]) == ["0.500", "1.000", ""]


def test_several_pictures_and_seeds_under_one_method(visitor: Visitor, tmp_path: Path):
    paths = [tmp_path / name for name in ("a.png", "bad.png")]
    tiny_models.picture().save(paths[0])
    paths[1].write_bytes(b"no picture")
    visitor["base-files"], visitor["base-ours"] = [str(path) for path in paths], []
    visitor["base-method"] = "gcg"
    for name in ("steps", "beams", "candidates"):
        visitor[f"base-{name}"] = 1
    visitor["base-seeds"] = "0, 2"
    visitor.do("base-run")
    assert visitor.text("base-status").endswith("choose several, or a whole set.")
    rows = visitor["base-table"]
    assert len(rows) == 2 * 4 + 1
    assert {"a.png, seed 0", "a.png, seed 2"} <= set(rows["picture"])
    assert "'bad.png' is not a picture." in rows["note"].iloc[-1]
    own = rows[rows["arm"] == "fuse"]["objective"].dropna()
    shown = visitor["base-means"].set_index("arm").loc["fuse", "mean objective"]
    assert float(shown) == pytest.approx(own.mean(), abs=0.006)
    visitor["base-method"] = "random"
    visitor.do("base-run")
    assert "The method random has no two arms." in visitor.text("base-status")


def test_an_upload_takes_the_place_of_the_example(visitor):
    assert visitor["base-ours"] == ["cat"]
    visitor.do("base-files", "upload")
    assert visitor["base-ours"] == []


def test_what_the_word_filter_removed_is_counted(visitor: Visitor, tmp_path: Path, half_listed, monkeypatch):
    tiny_models.picture().save(tmp_path / "a.png")
    visitor["base-files"], visitor["base-ours"] = [str(tmp_path / "a.png")], []
    for name in ("steps", "beams", "candidates"):
        visitor[f"base-{name}"] = 2
    monkeypatch.setenv("FUSE_PUBLIC", "1")  # where presets begin with the filter on
    visitor.do("base-run")
    assert visitor.text("base-status").endswith(f"The word filter removed {half_listed.removed:,} proposals.")
