from __future__ import annotations

import pytest

from fuse_core.words.articles import article_faults


@pytest.mark.parametrize(
    "text", ["a espresso machine", " a instrument", "an bicycle", "An horse", "on a e", "a cat on an t"]
)
def test_an_article_that_does_not_agree_is_a_fault(text):
    assert article_faults(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "an espresso",
        "a uniform",
        "an umbrella",
        "a European",
        "a eucalyptus",
        "an X-ray",
        "an hour",
        "a one way street",
        "an honest man",
        "banana a",
        "a",
        "an",
        "a cat",
        "extra art",
        "India is",
        "",
    ],
)
def test_one_that_agrees_or_may_is_none(text):
    assert article_faults(text) == 0
