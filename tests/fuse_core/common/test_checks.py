"""Checks of texts and choices that come as plain values."""

from __future__ import annotations

import pytest

from fuse_core.common import checks
from fuse_core.common.errors import UserError


@pytest.mark.parametrize("value", ["A picture \ud83d of", "caf\udce9"])
def test_text_that_cannot_be_written_is_refused(value):
    with pytest.raises(UserError, match=r"'prefix' holds half a character .*\\u?d"):
        checks.text("prefix", value)


def test_text_of_whole_characters_passes():
    checks.text("prefix", "An image 😀 of é\u2028")


def test_text_is_measured():
    with pytest.raises(UserError, match=r"'prefix' has 2,001 characters; 2,000 is the most\. Shorten it\."):
        checks.text("prefix", "a" * 2001)


@pytest.mark.parametrize("value", ["c", None, ["a"]])
def test_a_choice_is_one_of_those_known(value):
    with pytest.raises(UserError, match="'unit' must be one of a, b, got"):
        checks.choice("unit", value, ("a", "b"))
