"""Where a phrase can end."""

from __future__ import annotations

import pytest

from fuse_core.words.closed_class import CLOSED_CLASS, OPEN_ENDED, ends_as_phrase, is_closed_class


@pytest.mark.parametrize(
    "text",
    [
        "a sports ball with a fielder's bat and glove",
        "a church building, with a church on it",
        "a missile launcher, with the rocket on the surface",
        "A dog.",
        'a sign that says "stop"',
        "a cat looking up",
        "a dog running outside",
        "the dog is the man's",
        "two men 1950",
        "a bird-watching hedgehog …",
    ],
)
def test_a_phrase_ends(text):
    assert ends_as_phrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "a baseball on the ball of the",
        "a pizza with the image of",
        "a church on it, and",
        "a rocket that",
        "a lion that is",
        "people in their",
        "a bird-",
        "an officer with an insign",
        "a lightho.",
        "A Cat With The ",
        "",
        "...",
    ],
)
def test_more_has_to_follow(text):
    assert not ends_as_phrase(text)


def test_words_of_closed_classes_are_known_in_any_case():
    assert all(map(is_closed_class, ("The", "of", "AND", "with", "is", "up", "their")))
    assert not any(map(is_closed_class, ("cat", "image", "running", "red")))
    assert OPEN_ENDED < CLOSED_CLASS
