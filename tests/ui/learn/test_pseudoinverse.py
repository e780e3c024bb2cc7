"""Chapter 5's handlers: words are moved and fitted on, and real buckets looked at."""

from __future__ import annotations

from fuse_core.analysis.lessons.recorded import recorded
from ui.learn.chapters import pseudoinverse

KNOWN = recorded("pseudoinverse")


def missed(visitor) -> list[float]:
    return [float(value) for value in visitor.table("lesson-missed")["missed by"]]


def set_to(visitor, name: str, value) -> None:
    visitor[name] = value
    visitor.do(name, "change")


def test_three_words_are_hit_and_a_fourth_that_is_moved_away_is_not(visitor):
    set_to(visitor, "lesson-used", 3)
    assert missed(visitor)[:3] == [0, 0, 0]
    assert "Rank 3 of 3" in visitor.text("lesson-plane-status")
    visitor["lesson-moved"] = 3
    visitor.do("lesson-moved", "input")
    assert [visitor["lesson-x"], visitor["lesson-y"]] == KNOWN["b"][3]
    visitor["lesson-y"] = 2.0
    visitor.do("lesson-y", "input")
    set_to(visitor, "lesson-used", 4)
    apart = min(missed(visitor)[0], missed(visitor)[3])
    assert apart > 0.5  # cat and dog are neighbours in the source
    assert visitor.table("lesson-missed")["belongs at"][3] == f"({KNOWN['b'][3][0]:.2f}, 2.00)"
    visitor.do("lesson-reset")
    set_to(visitor, "lesson-used", 4)
    assert max(missed(visitor)) < apart


def test_a_word_that_was_dragged_stays_in_the_plane_and_the_sliders_follow(visitor):
    set_to(visitor, "lesson-used", 3)
    assert [(s.xanchor, s.yanchor) for s in visitor["lesson-plane"].layout.shapes] == [tuple(at) for at in KNOWN["b"]]
    visitor["lesson-plane-drag"] = "1,0.503,7.5,1790000000000"
    visitor.do("lesson-plane-drag", "input")
    assert [visitor[name] for name in ("lesson-moved", "lesson-x", "lesson-y")] == [1, 0.5, 3.0]
    set_to(visitor, "lesson-used", 3)
    shape = visitor["lesson-plane"].layout.shapes[1]
    assert (shape.xanchor, shape.yanchor) == (0.5, 3.0)
    assert visitor.table("lesson-missed")["belongs at"][1] == "(0.50, 3.00)"


def test_a_point_that_is_none_moves_no_word(visitor):
    set_to(visitor, "lesson-used", 3)
    for told in ("1,nan,0.5,1", "1,0.5,nan,1", "9,0.5,0.5,1", "1,0.5", "x,y,z,1", ""):
        visitor["lesson-plane-drag"] = told
        visitor.do("lesson-plane-drag", "input")
        assert [(s.xanchor, s.yanchor) for s in visitor["lesson-plane"].layout.shapes] == [*map(tuple, KNOWN["b"])]
    assert visitor.text("lesson-plane-status").startswith("Rank")


def test_a_lost_direction_costs_a_rank(visitor):
    set_to(visitor, "lesson-third", 0.01)
    assert "Rank 3 of 3" in visitor.text("lesson-plane-status")
    set_to(visitor, "lesson-third", 0)
    assert "Rank 2 of 3. Condition number ∞" in visitor.text("lesson-plane-status")


def test_a_recorded_bucket_is_shown_and_one_is_measured(visitor, monkeypatch):
    set_to(visitor, "lesson-bucket", "2,3")
    words = KNOWN["buckets"][1]["a"][0]
    assert f"Bucket (2, 3): A is {words:,} words" in visitor.text("lesson-bucket-facts")
    assert list(visitor.table("lesson-spectra")["frequency"]) == ["0", "1"]
    asked = []

    def measure(library, bucket, progress):
        asked.append(bucket)
        progress(0.5, "Measuring")
        return KNOWN["buckets"][0]

    monkeypatch.setattr(pseudoinverse, "bucket_facts", measure)
    visitor.do("lesson-bucket-live")
    assert asked == [(2, 3)]
    assert "Bucket (1, 1)" in visitor.text("lesson-bucket-facts")
    assert "Measured here and now" in visitor.text("lesson-bucket-facts")
