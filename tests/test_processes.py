"""The tests are shared out among processes as intended."""

from __future__ import annotations

import pytest


def test_each_process_is_told_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    """pytest 9.2 with xdist 3.8 loses the groups without a word: two apps are started, every model loads twice."""
    grouped = request.config.getoption("loadgroup", False)
    assert request.node.nodeid.endswith(f"@{request.path}") == grouped
