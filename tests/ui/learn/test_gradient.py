"""Chapter 8 over tiny models: recorded words, the forgotten reversal, and a sentence of one's own."""

from __future__ import annotations

import pytest

from fuse_core.analysis.lessons import carried_gradient
from fuse_core.analysis.lessons.recorded import recorded
from tests.fuse_core import tiny_models
from ui.learn.lesson import lesson

LABELS = lesson("gradient", "en").labels


def look(visitor, k: int, both: bool) -> str:
    visitor["lesson-gradient-word"], visitor["lesson-gradient-both"] = k, both
    visitor.do("lesson-gradient-word", "input")
    return visitor.text("lesson-gradient-table")


def test_every_recorded_word_shows_its_tokens_and_the_identity(visitor):
    for k, word in enumerate(recorded("gradient")["words"]):
        said = look(visitor, k, False)
        assert all(token in said for token in (*word["source"], *word["target"]))
        assert f"{word['wrong'][0]:.2g} apart" in said
        assert f"{word['wrong'][1]:.2g} apart" not in said.replace(f"{word['wrong'][0]:.2g} apart", "")
        assert len(visitor["lesson-gradient-moves"].data) == 2


def test_without_the_reversal_the_recorded_words_of_three_slots_alone_fail(visitor):
    for k, word in enumerate(recorded("gradient")["words"]):
        said = look(visitor, k, True)
        assert f"up to {word['wrong'][1]:.2g} apart" in said
        assert (word["wrong"][1] > 1e-6) == (word["slots"] > 2)
        dots = visitor["lesson-gradient-moves"].data[2]
        assert (max(abs(x - y) for x, y in zip(dots.x, dots.y, strict=True)) > 1e-4) == (word["slots"] > 2)


def test_a_sentence_of_ones_own_is_carried_now(visitor, monkeypatch):
    monkeypatch.setattr(carried_gradient, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(carried_gradient, "TARGET", tiny_models.CONFIG.target)
    visitor["lesson-gradient-text"] = "a cheetah sits"
    visitor.do("lesson-gradient-carry")
    choices = [name for name, _ in visitor.prop("lesson-gradient-word", "choices")]
    assert [name.split(" (")[0] for name in choices] == ["a", "cheetah", "sits"]
    assert "apart" in look(visitor, 2, True)


@pytest.mark.parametrize("text", ["", "word " * 20])
def test_a_sentence_that_cannot_be_read_is_a_sentence(visitor, text):
    before = look(visitor, 1, False)
    visitor["lesson-gradient-text"] = text
    visitor.do("lesson-gradient-carry")
    assert "Type 1 to 12 words" in visitor.text("lesson-gradient-status")
    assert visitor.text("lesson-gradient-table") == before
