"""The list that the word filter goes by; its words are taken from the package, none is written here."""

from __future__ import annotations

import json
from importlib.metadata import files

import pytest

from fuse_core.words.word_filter import WordFilter, is_listed


@pytest.fixture(scope="module")
def entries() -> list[str]:
    [path] = [path for path in files("glin-profanity") or () if path.name == "english.json"]
    words = json.loads(path.read_text("utf-8"))["words"]
    return [entry for entry in words if entry.replace(" ", "").isalpha()]  # others spell what no token here does


def test_every_word_and_phrase_of_letters_is_listed_in_any_case_and_place(entries):
    assert len(entries) > 300
    for entry in entries:
        assert is_listed(entry)
        assert is_listed(f"A picture of {entry.upper()}, at night")
        assert is_listed(f"of {entry.replace(' ', '-')}'s friend")
    assert any(" " in entry for entry in entries)


def test_a_word_within_another_is_not_listed(entries):
    assert not any(is_listed(f"qx{entry}qx") for entry in entries)


def test_ordinary_captions_pass():
    captions = ("a photo of a cat on a sofa", "Scunthorpe and Essex", "an assassin's class", "two dogs, one ball", "")
    assert not any(map(is_listed, captions))


def test_what_does_not_pass_is_counted(entries):
    words = WordFilter()
    assert [words.passes(text) for text in ("a cat", entries[0], "a dog", entries[0])] == [True, False, True, False]
    assert words.n_filtered == 2
