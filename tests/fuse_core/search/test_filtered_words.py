"""The word filter in runs: what it removes, what it counts, and what it leaves alone."""

from __future__ import annotations

import json

import pytest

from fuse_core.analysis.answers.caption import caption_answer
from fuse_core.common.errors import UserError
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.presets import load_preset
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from fuse_core.words import word_filter
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import settings_for

PICTURE = tiny_models.picture()
OWN = {"autodan": {"unit": "both"}, "gcg": {"top_k": 8}, "random": {"norm": "l2"}}


def taken(method: str, **settings) -> Session:
    config = settings_for(method=method, length=4, candidates=12, beams=2, steps=2, **OWN.get(method, {}), **settings)
    session = Session.start(tiny_models.shared_library(), config, PICTURE)
    list(session.run())
    return session


def words_of(session: Session) -> set[str]:
    judged = [row.text for step in session.steps for row in (*step.beams, *step.candidates)]
    return {word for text in judged for word in text.lower().replace("-", " ").replace("'", " ").split()}


@pytest.fixture
def listed(monkeypatch) -> set[str]:
    """What the list holds instead."""
    words: set[str] = set()
    monkeypatch.setattr(word_filter, "_entries", lambda: (frozenset(words), 1))
    return words


@pytest.mark.parametrize("method", METHODS)
def test_no_prompt_holds_a_listed_word_and_what_was_removed_is_counted(method, listed):
    free = taken(method)
    found = words_of(free)
    listed |= {word for word in found if word.isalpha() and len(word) > 1}
    assert listed
    held = taken(method, word_filter="on")
    assert not words_of(held) & listed
    assert words_of(taken(method)) == found  # off, whatever the list holds
    answer = caption_answer(held)
    assert answer["n_filtered"] == sum(step["n_filtered"] for step in answer["steps"])
    if method in ("autodan", "gcg"):  # the others do not even draw listed tokens
        assert answer["n_filtered"] > 0
        assert f"removed {held.steps[1].n_filtered} proposal" in held.steps[1].filter_note


def test_a_saved_run_says_that_it_was_on_and_an_earlier_one_that_it_was_off(listed):
    saved = json.loads(taken("autodan", word_filter="on").to_json())
    assert SavedSession.parse(json.dumps(saved)).config.word_filter == "on"
    for config in (saved["config"], *(change["config"] for change in saved["changes"])):
        del config["word_filter"]
    for step in saved["steps"]:
        step.pop("n_filtered", None)
    earlier = SavedSession.parse(json.dumps(saved))
    assert earlier.config.word_filter == "off"
    assert [step.n_filtered for step in earlier.steps] == [0, 0, 0]


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("autodan", {"pinned": ("kookaburra",)}),
        ("autodan", {"prefix": "A kookaburra of"}),
        ("autodan", {"suffix": "Kookaburra!"}),
        ("gcg", {"start": "a kookaburra"}),
    ],
)
def test_listed_words_of_ones_own_are_refused(method, given, listed):
    listed.add("kookaburra")
    settings_for(method=method, **given)
    with pytest.raises(UserError, match="holds a word that the word filter removes") as refused:
        settings_for(method=method, word_filter="on", **given)
    assert refused.value.fields == tuple(given)


def test_a_prompt_by_hand_is_held_to_it_too(listed):
    session = Session.start(tiny_models.shared_library(), settings_for(word_filter="on"), PICTURE)
    session.edit("a small dog")
    listed.add("dog")
    with pytest.raises(UserError, match="holds a word that the word filter removes"):
        session.edit("a dog")
    assert len(session.steps) == 2
    with pytest.raises(UserError, match="Go back a step, or turn it off"):  # the list grew since
        session.step()


@pytest.mark.parametrize(("public", "state"), [("1", "on"), ("0", "off"), ("", "off")])
def test_it_is_on_where_strangers_visit(public, state, monkeypatch):
    monkeypatch.setenv("FUSE_PUBLIC", public)
    assert load_preset("offline-caption").word_filter == state
