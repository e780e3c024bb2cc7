"""Checks of settings that come as plain values."""

from __future__ import annotations

import pytest

from fuse_core.common import checks
from fuse_core.common.errors import UserError


@pytest.mark.parametrize("value", [True, False, "1", None, -0.1, float("nan"), float("inf")])
def test_a_weight_is_a_finite_number_from_0_up(value):
    with pytest.raises(UserError, match="'weight' must be a number from 0 up"):
        checks.weight("weight", value)


@pytest.mark.parametrize("value", ["A picture \ud83d of", "caf\udce9"])
def test_text_that_cannot_be_written_is_refused(value):
    with pytest.raises(UserError, match=r"'prefix' holds half a character .*\\u?d"):
        checks.text("prefix", value)
    with pytest.raises(UserError, match="'pinned' holds half"):
        checks.words("pinned", ["caf\udce9"])


def test_text_of_whole_characters_passes():
    checks.text("prefix", "An image 😀 of é\u2028")
