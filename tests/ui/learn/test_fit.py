"""Chapter 6's handlers: a guess, a recorded fit, one made here and now, and all of them."""

from __future__ import annotations

from fuse_core.analysis.lessons.fit_by_words import WordsFit
from fuse_core.analysis.lessons.recorded import recorded
from ui.learn.chapters import fit

KNOWN = recorded("fit")
AT = next(found for found in KNOWN["fits"] if found["words"] == KNOWN["dimensions"])


def asked(visitor, words: int | None, way: str, guess: str | None, button: str = "lesson-fit") -> str:
    visitor["lesson-words"], visitor["lesson-way"], visitor["lesson-fit-guess"] = words, way, guess
    visitor.do(button)
    return visitor.text("lesson-fit-status")


def test_nothing_is_shown_before_a_guess(visitor):
    for button in ("lesson-fit", "lesson-fit-live"):
        for nothing in ("", None, "much", "-1", "inf"):
            assert "Guess the held-out error first" in asked(visitor, AT["words"], "plain", nothing, button)
    assert not visitor["lesson-fits"]


def test_no_number_of_words_is_a_sentence(visitor):
    for button in ("lesson-fit", "lesson-fit-live"):
        assert "Choose one of the numbers" in asked(visitor, None, "plain", "1", button)


def test_a_fit_needs_nothing_but_a_guess(visitor):
    visitor["lesson-fit-guess"] = "1"
    visitor.do("lesson-fit")
    assert f"{KNOWN['fits'][-1]['words']:,} words, no ridge" in visitor.text("lesson-fit-status")


def test_recorded_fits_are_judged_against_guesses_one_by_one(visitor):
    said = asked(visitor, AT["words"], "plain", "0,5")
    assert f"training error {AT['plain'][0]:.3f}, held-out error {AT['plain'][1]:.3f}. You guessed 0.5." in said
    assert visitor["lesson-fit-guess"] == ""
    asked(visitor, AT["words"], "chosen", "2")
    table = visitor.table("lesson-fits")
    assert list(table["your guess"]) == ["0.5", "2"]
    assert list(table["held-out error"]) == [f"{AT[way][1]:.3f}" for way in ("plain", "chosen")]
    assert f"{AT['plain'][1]:.3f} without a ridge" in visitor.text("lesson-fit-ridge")
    visitor.do("lesson-fit-every")
    table = visitor.table("lesson-fits")
    assert len(table) == 2 * len(KNOWN["fits"])
    assert list(table["your guess"])[:3] == ["0.5", "2", ""]


def test_a_fit_is_made_here_and_now(visitor, monkeypatch):
    def make(library, words, progress):
        progress(0.5, "Fitting")
        return WordsFit(words, 2.0, (0.0, 9.5), (0.5, 0.8), (1.0, 2.0), (0.4, 0.5), (0.9, 0.8), 1.25)

    monkeypatch.setattr(fit, "fit_words", make)
    said = asked(visitor, AT["words"], "plain", "1", "lesson-fit-live")
    assert "fitted here in 1.25 s" in said
    assert "held-out error 9.500" in said
    assert list(visitor.table("lesson-fits")["fitted"]) == ["here and now"]
    assert "0.800 at λ = 2" in visitor.text("lesson-fit-ridge")
