"""Example pictures by name, whatever is sent as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuse_core.common.errors import UserError
from ui.kit.examples import EXAMPLES, example


def test_an_example_is_found_by_its_name():
    assert all(Path(example(path.stem)) == path for path in EXAMPLES)


@pytest.mark.parametrize("name", [None, "", "a dragon", 7])
def test_another_name_is_a_sentence(name):
    with pytest.raises(UserError, match="Choose one of cat, coffee"):
        example(name)
