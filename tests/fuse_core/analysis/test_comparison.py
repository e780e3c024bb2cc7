"""What a comparison says, on made-up objectives."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pytest
import scipy

from fuse_core.analysis.arm_runs import compared
from fuse_core.analysis.comparison import summary
from fuse_core.analysis.comparison_record import read_record
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset

REPOSITORY = Path(__file__).parents[3]
ASSETS = REPOSITORY / "assets"
RECORDED = read_record(ASSETS / "recorded" / "compare.json")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PAIRED = ("first", "second")


def readme_rows() -> dict[str, dict[str, str]]:
    """Every row of the README's tables by its first cell; the cells by column name."""
    found: dict[str, dict[str, str]] = {}
    head: list[str] = []
    for line in README.splitlines():
        cells = [cell.strip(" `*") for cell in line.split("|")[1:-1]]
        if cells and not set(cells[0]) <= set("- "):
            head = head or cells
            found.setdefault(cells[0], dict(zip(head, cells, strict=True)))
        elif not cells:
            head = []
    return found


def results(**arms: list[float]) -> list[dict]:
    names = [name.replace("_", " + ") for name in arms]
    rows = zip(*arms.values(), strict=True)
    return [
        {"image": f"{k}.jpg", "arms": {name: run(value) for name, value in zip(names, row, strict=True)}}
        for k, row in enumerate(rows)
    ]


def run(objective: float) -> dict:
    return {"objective": objective, "evaluations": 10, "n_forward_passes": 2, "cpu_seconds": objective / 2}


LM = list(np.linspace(5.0, 12.0, 8))


def test_means_differences_and_tests_are_those_of_the_pictures():
    fuse = [x - d for x, d in zip(LM, (0.5, 1.0, 0.7, -0.1, 0.9, 1.2, 0.4, 0.8), strict=True)]
    found = summary(results(fuse=fuse, lm=LM))
    assert (found["pictures"], list(found["arms"])) == (8, ["lm", "fuse"])
    assert found["arms"]["fuse"]["objective"] == pytest.approx(statistics.fmean(fuse))
    assert found["arms"]["fuse"]["cpu_seconds"] == pytest.approx(statistics.fmean(fuse) / 2)
    assert found["arms"]["lm"]["evaluations"] == 10
    [pair] = found["pairs"]
    assert (pair["first"], pair["second"], pair["lower"], pair["higher"]) == ("fuse", "lm", 7, 1)
    assert pair["difference"] == pytest.approx(np.mean(np.subtract(fuse, LM)))
    assert pair["sign_test"] == pytest.approx(scipy.stats.binomtest(7, 8).pvalue)
    assert pair["says"].startswith("fuse is better than lm: fuse minus lm is -0.68, 95 % interval -0.9")
    assert "lower on 7 of 8, higher on 1; sign test p = 0.07." in pair["says"]


def test_an_interval_that_holds_zero_shows_nothing_and_one_above_it_the_reverse():
    words = [x + d for x, d in zip(LM, (0.5, -0.5, 0.3, -0.3, 0.4, -0.4, 0.1, -0.1), strict=True)]
    worse = [x + 0.5 for x in LM]
    found = summary(results(lm_words=LM, fuse_words=words, target_words=worse))
    beside, lost = found["pairs"]
    assert beside["says"].startswith("No difference between fuse + words and lm + words is shown: +0.00, and 0 is in")
    assert beside["interval"][0] < 0 < beside["interval"][1]
    assert lost["says"].startswith("fuse + words is better than target + words: target + words minus fuse + words is")


def test_few_pictures_have_no_interval():
    found = summary(results(fuse=[1.0, 2.0], lm=[3.0, 3.0]))
    assert found["arms"]["fuse"]["interval"] is None
    assert found["pairs"][0]["interval"] is None
    assert (
        found["pairs"][0]["says"]
        == "fuse minus lm is -1.50: lower on 2 of 2, higher on 0. So few pictures show nothing."
    )


class TestRecorded:
    """What the page and the README tell of `compare` over the evaluation set."""

    def test_the_record_is_of_the_evaluation_set_and_its_summary_of_its_own_runs(self):
        pictures = sorted(path.name for path in (ASSETS / "evaluation").glob("*.jpg"))
        assert [row["image"] for row in RECORDED["results"]] == pictures
        assert CaptionConfig.from_dict(RECORDED["config"]) == compared(load_preset(RECORDED["preset"]))
        for key, value in summary(RECORDED["results"]).items():
            assert RECORDED[key] == value, key

    def test_the_readmes_tables_are_the_records(self):
        told = readme_rows()
        for name, arm in RECORDED["arms"].items():
            values = [row["arms"][name] for row in RECORDED["results"]]
            mean = statistics.fmean(value["objective"] for value in values)
            low, high = arm["interval"]
            assert float(told[name]["mean objective"]) == pytest.approx(mean, abs=0.005001)
            assert told[name]["95 % interval"] == f"{low:.2f} to {high:.2f}"
            assert int(told[name]["candidates"].replace(",", "")) == {value["evaluations"] for value in values}.pop()
            passes = statistics.fmean(value["n_forward_passes"] for value in values)
            assert float(told[name]["LM passes"]) == pytest.approx(passes, abs=0.5)
            spent = [value["cpu_seconds"] for value in values]
            cell = told[name]["CPU-seconds"]
            assert cell == "" if None in spent else float(cell) == pytest.approx(statistics.fmean(spent), abs=0.05001)
        for pair in RECORDED["pairs"]:
            first, second = ([row["arms"][pair[k]]["objective"] for row in RECORDED["results"]] for k in PAIRED)
            apart = np.subtract(first, second)
            row = told[f"{pair['first']} minus {pair['second']}"]
            low, high = pair["interval"]
            assert float(row["difference"]) == pytest.approx(apart.mean(), abs=0.005001)
            assert row["95 % interval"] == f"{low:+.2f} to {high:+.2f}"
            lower, higher = int((apart < -1e-6).sum()), int((apart > 1e-6).sum())
            assert row["lower and higher on"] == f"{lower} and {higher}"
            p = scipy.stats.binomtest(lower, lower + higher).pvalue
            assert float(row["sign test p"]) == pytest.approx(p, rel=0.06)
