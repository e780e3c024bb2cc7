"""Chapter 2: tokens matched one to one and word by word."""

from __future__ import annotations

from tests.ui.visitor import Visitor
from ui.learn.chapters.words import SAMPLE


def matched(visitor: Visitor, how: str):
    visitor["lesson-words-match"] = how
    visitor.do("lesson-words-match", "change")
    return visitor.table("lesson-words-pairs")


def test_nothing_is_matched_before_it_is_chosen(visitor: Visitor):
    visitor.do("lesson-words-text", "change")
    assert not visitor.prop("lesson-words-plot", "visible")


def test_one_to_one_falls_out_of_step_and_word_by_word_does_not(visitor: Visitor):
    pairs = matched(visitor, "one")
    right = [sharing == "yes" for sharing in pairs["in common"]]
    assert right[:2] == [True, True]
    assert not all(right)
    assert f"{len(pairs)} pairs, of which {right.count(False)} have no letter" in visitor.text("lesson-words-said")
    lines = {trace.name: trace for trace in visitor["lesson-words-plot"].data if trace.name}
    assert len(lines["letters in common"].x) == 3 * right.count(True)
    assert len(lines["no letter in common"].x) == 3 * right.count(False)

    words = matched(visitor, "word")
    assert len(words) == len(SAMPLE.split())
    for bucket, source, target in words.to_numpy().tolist():
        assert bucket == f"({source.count('|') + 1}, {target.count('|') + 1})"
    figure = visitor["lesson-words-plot"]
    assert [note.text for note in figure.layout.annotations] == words.iloc[:, 0].tolist()


def test_an_empty_sentence_has_no_pairs(visitor: Visitor):
    visitor["lesson-words-text"] = ""
    assert len(matched(visitor, "one")) == 0
    assert len(matched(visitor, "word")) == 0


def test_frequent_words_are_counted_to_one_kind_each(visitor: Visitor):
    visitor.do("lesson-words-count")
    shares = visitor.table("lesson-words-shares").iloc[:, 1:].astype(float)
    assert all(abs(shares.sum() - 100) < 0.02)
