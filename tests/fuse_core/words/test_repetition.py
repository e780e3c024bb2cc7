from __future__ import annotations

import pytest

from fuse_core.words.repetition import repetitions, stem


@pytest.mark.parametrize(
    "words",
    ["beast beasts", "church churches", "boat boating boated", "run runs running", "pony ponies", "bake baking baked"],
)
def test_forms_of_a_word_have_one_stem(words):
    assert len({stem(word) for word in words.split()}) == 1


@pytest.mark.parametrize(
    "words", ["sing singing king", "bus but", "wing win", "fall fan", "glass gas", "string ring", "red ring"]
)
def test_other_words_have_others(words):
    first, second, *_ = words.split()[-2:]
    assert stem(first) != stem(second)


@pytest.mark.parametrize(
    "text",
    [
        " a cheetah, with a chetah",
        " beasts, beasts,",
        " a lion, with the Lion of the beast",
        " a church building, with a church on it",
        " a baker baking in a baker's shop",
    ],
)
def test_a_content_word_said_twice_is_found(text):
    assert repetitions(text) == 1


@pytest.mark.parametrize(
    "text",
    ["", " a", " a cat on the screen of a", " the dog and the cat, the one with the bone", " a rocket in a pocket"],
)
def test_function_words_may_come_twice(text):
    assert repetitions(text) == 0
