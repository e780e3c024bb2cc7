"""Chapter 3: a word by hand, and words of models."""

from __future__ import annotations

import pytest

from fuse_core.analysis.lessons import word_values
from fuse_core.analysis.lessons.recorded import recorded
from tests.fuse_core import tiny_models
from tests.ui.visitor import Visitor


@pytest.mark.parametrize(("slots", "said"), [(1, "Tokens cut off: 2"), (3, "Slots of zeros: 0"), (5, "of zeros: 2")])
def test_more_slots_are_zeros_and_fewer_lose_tokens(visitor: Visitor, slots, said):
    visitor["lesson-tensor-x32"] = 3
    visitor["lesson-tensor-slots"] = slots
    visitor.do("lesson-tensor-slots", "change")
    shown = visitor["lesson-tensor-hand"]
    assert said in visitor.text("lesson-tensor-hand")
    assert shown.count("slot ") == slots
    assert shown.count("<td>0</td>") == 2 * max(0, slots - 3)
    assert shown.count('<td class="fx-slot2">3</td>') == (1 if slots < 3 else 3)


def test_a_recorded_word_is_shown_with_its_shapes(visitor: Visitor):
    for known in recorded("tensors")["words"]:
        visitor["lesson-tensor-word"] = known["word"]
        visitor.do("lesson-tensor-word", "input")
        i, j = len(known["source"]["tokens"]), len(known["target"]["tokens"])
        d = len(known["source"]["embeddings"][0])
        assert f"bucket ({i}, {j})" in visitor.text("lesson-tensor-said")
        assert f"1 x {d} x {max(i, j)}" in visitor.text("lesson-tensor-said")
        assert len(visitor.table("lesson-tensor-table")) == 2 * max(i, j)
        first = visitor["lesson-tensor-plot"].data[0]
        assert list(next(iter(first.z))) == pytest.approx(known["source"]["embeddings"][0], abs=1e-6)


def test_a_word_of_ones_own_comes_from_the_models(visitor: Visitor, notices, monkeypatch):
    monkeypatch.setattr(word_values, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(word_values, "TARGET", tiny_models.CONFIG.target)
    visitor["lesson-tensor-own"] = " kookaburra "
    visitor.do("lesson-tensor-live")
    assert "kookaburra is in bucket" in visitor.text("lesson-tensor-said")
    visitor["lesson-tensor-own"] = "two words"
    visitor.do("lesson-tensor-live")
    assert "kookaburra" in visitor.text("lesson-tensor-said")
    assert "not one word" in notices[0]
