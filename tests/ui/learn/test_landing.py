"""Chapter 7's handlers: words land, one's own too, and all held-out ones are counted."""

from __future__ import annotations

from fuse_core.analysis.lessons.landings import Landed, Neighbourhood
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.errors import UserError
from ui.learn.chapters import landing

KNOWN = recorded("landing")
SLOTS = KNOWN["neighbourhood"]["landed"]


def traces(visitor) -> list[str]:
    return [trace.name for trace in visitor["lesson-land-plane"].data]


def test_words_land_when_they_are_let(visitor):
    visitor.do("lesson-land")
    own = sum(slot["rank"] == 1 for slot in SLOTS)
    assert f"{own} of {len(SLOTS)} tokens are the nearest" in visitor.text("lesson-land-status")
    assert "where the word lands" in traces(visitor)
    assert list(visitor.table("lesson-landed")["target token"]) == [slot["token"] for slot in SLOTS]
    assert set(visitor.table("lesson-landed")["in the fit"]) == {"held out"}


def test_held_out_words_are_counted(visitor):
    visitor.do("lesson-count")
    assert f"the nearest in {KNOWN['counted']['top1']:.1%}" in visitor.text("lesson-land-status")
    assert list(visitor.table("lesson-counts")["bucket (source, target tokens)"])[:2] == ["(1, 1)", "(1, 2)"]


def test_ones_own_words_are_mapped_here_and_now(visitor, monkeypatch, notices):
    def make(library, words, progress):
        progress(0.5, "Mapping the words")
        if words == ["too", "long"]:
            raise UserError("“long” is too long.", "Try a shorter word.")
        slots = [Landed(word, word, "unseen", (0.0, 1.0), (1.0, 0.0), 0.5, 7, ("a", "b")) for word in words]
        return Neighbourhood(slots, [("c", 0.0, 0.0)], (0.5, 0.25), 100)

    monkeypatch.setattr(landing, "land", make)
    visitor["lesson-own-words"] = "kiwi  mango kiwi"
    visitor.do("lesson-land-live")
    assert list(visitor.table("lesson-landed")["word"]) == ["kiwi", "mango"]
    assert "0 of 2 tokens are the nearest to their word's image, of 100" in visitor.text("lesson-land-status")
    assert "Measured here and now" in visitor.text("lesson-land-status")
    assert "50% of the variance" in visitor["lesson-land-plane"].layout.xaxis.title.text.replace("<br>", " ")
    visitor["lesson-own-words"] = "too long"
    visitor.do("lesson-land-live")
    assert "Try a shorter word" in visitor.text("lesson-land-status")
    assert list(visitor.table("lesson-landed")["word"]) == ["kiwi", "mango"]
    assert notices
