"""Whose turn it is in a visit."""

from __future__ import annotations

import pytest

from fuse_core.common.errors import UserError
from ui.optimise.turn import MOST_WAITING, RUN, Turn


def nothing():
    return iter(())


def test_a_few_presses_follow_in_order_and_more_are_refused():
    turn = Turn()
    assert turn.take("Step", nothing)
    for _ in range(MOST_WAITING):
        assert not turn.take("Step", nothing)
    with pytest.raises(UserError, match=f"{MOST_WAITING} presses wait already"):
        turn.take("Step", nothing)
    assert turn.following()
    assert not turn.take(RUN, nothing)  # where the one that follows was
    with pytest.raises(UserError, match="wait already"):
        turn.take("Step", nothing)
    while turn.following():
        pass
    assert not turn.busy
    assert turn.take("Step", nothing)


def test_a_run_that_goes_on_takes_another_press_of_run_without_a_place():
    turn = Turn()
    turn.take(RUN, nothing)
    for _ in range(3 * MOST_WAITING):
        assert not turn.take(RUN, nothing)
    assert turn.following() is None
