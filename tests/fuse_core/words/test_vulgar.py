from __future__ import annotations

import pytest

from fuse_core.words.vulgar import is_vulgar


@pytest.mark.parametrize("text", ["a wolf's anus", "an ox in a horseshit", "Fucking cold", "two bitches", "a SEXY cat"])
def test_vulgar_words_are_found_in_any_case_and_form(text):
    assert is_vulgar(text)


@pytest.mark.parametrize("text", ["a cock and a blue tit", "Scunthorpe and Essex", "a grape", "a cocker spaniel", ""])
def test_words_that_only_look_alike_are_not(text):
    assert not is_vulgar(text)
