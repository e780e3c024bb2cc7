"""A comparison's record: what is read of one, of an earlier version, too, and the tables made of it."""

from __future__ import annotations

import json

import pytest

from fuse_core.analysis.arms import ARMS
from fuse_core.analysis.comparison import summary
from fuse_core.analysis.comparison_record import VERSION, differences, means, read_record
from fuse_core.common.errors import UserError


def compared(objectives: dict[str, list[float]], seconds: str = "cpu_seconds") -> dict:
    """A comparison with these objectives."""
    costs = {"evaluations": 1856, "n_forward_passes": 8, seconds: 4.96}
    pictures = len(next(iter(objectives.values())))
    rows = [{arm: {"objective": v[k], **costs} for arm, v in objectives.items()} for k in range(pictures)]
    return {"results": [{"image": f"{k}.jpg", "arms": row} for k, row in enumerate(rows)]}


SIX = {"lm": [5.0] * 6, "fuse": [4.0, 4.5, 4.0, 4.5, 4.0, 6.0]}


def test_tables_hold_means_intervals_and_costs():
    found = summary(compared(SIX)["results"])
    lm, fuse = means(found)
    assert list(lm.values()) == ["lm", "5.00", "5.00 to 5.00", "1,856", "8", "5.0", ARMS["lm"].help]
    assert (fuse["mean objective"], fuse["CPU-seconds"]) == ("4.50", "5.0")
    [row] = differences(found)
    assert row["first minus second"] == "fuse minus lm"
    assert (row["difference"], row["lower and higher on"], row["sign test p"]) == ("-0.50", "5 and 1", "0.22")
    assert row["95 % interval"].startswith("-0.9")


def test_few_pictures_have_empty_intervals():
    found = summary(compared({"lm": [5.0, 6.0], "fuse": [4.0, 4.5]})["results"])
    assert {row["95 % interval"] for row in (*means(found), *differences(found))} == {""}


def test_wall_seconds_of_the_first_version_are_not_shown_as_cpu_seconds(tmp_path):
    record = compared(SIX)
    record |= summary(record["results"])
    for arm in (*record["arms"].values(), *(arm for row in record["results"] for arm in row["arms"].values())):
        arm["seconds"] = arm.pop("cpu_seconds")
    path = tmp_path / "old.json"
    path.write_text(json.dumps(record))
    found = read_record(path)
    assert {row["CPU-seconds"] for row in means(found)} == {""}
    assert means(found)[1]["mean objective"] == "4.50"
    assert summary(found["results"])["arms"] == found["arms"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"steps": []}', "'file.json' is no record of a comparison."),
        ("[1]", "'file.json' is no record of a comparison."),
        ("no", "'file.json' is no JSON."),
        (
            json.dumps({"version": VERSION + 1, "arms": {}, "pairs": [], "results": [], "level": 0.95}),
            f"is a record of version {VERSION + 1}, which is not known here.",
        ),
    ],
)
def test_what_is_no_record_of_ours_gets_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(UserError, match=sentence):
        read_record(path)
