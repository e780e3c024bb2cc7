"""The recorded comparison's tables and words."""

from __future__ import annotations

from fuse_core.analysis.arms import ARMS, PAIRS
from fuse_core.analysis.comparison import summary
from ui.baselines import results
from ui.baselines.tab import recorded_comparison


def compared(objectives: dict[str, list[float]]) -> dict:
    """A comparison with these objectives."""
    rows = [
        {
            arm: {"objective": values[k], "evaluations": 1856, "n_forward_passes": 8, "seconds": 4.96}
            for arm, values in objectives.items()
        }
        for k in range(len(next(iter(objectives.values()))))
    ]
    return summary([{"image": f"{k}.jpg", "arms": row} for k, row in enumerate(rows)])


def test_tables_hold_means_intervals_and_what_they_say():
    recorded = compared({"lm": [5.0] * 6, "fuse": [4.0, 4.5, 4.0, 4.5, 4.0, 6.0]})
    assert results.means(recorded).values.tolist() == [
        ["lm", "5.00", "5.00 to 5.00", "1,856", "8", "5.0", ARMS["lm"].help],
        ["fuse", "4.50", results.means(recorded).iloc[1, 2], "1,856", "8", "5.0", ARMS["fuse"].help],
    ]
    [row] = results.differences(recorded).values.tolist()
    assert [row[0], row[1], row[3], row[4]] == ["fuse minus lm", "-0.50", 5, 1]
    assert row[2].startswith("-0.9")
    assert results.says(recorded).startswith(f"- **{PAIRS[0].question}** ")


def test_few_pictures_have_empty_intervals():
    recorded = compared({"lm": [5.0, 6.0], "fuse": [4.0, 4.5]})
    assert set(results.means(recorded)["95 % interval"]) == {""}
    assert set(results.differences(recorded)["95 % interval"]) == {""}


def test_the_page_has_a_record_of_every_arm():
    assert list(results.means(recorded_comparison())["arm"]) == list(ARMS)
    assert len(results.differences(recorded_comparison())) == len(PAIRS)
