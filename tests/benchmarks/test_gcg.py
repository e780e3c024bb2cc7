"""The two sides of the comparison with nanoGCG take steps when they are asked, and answer in lines of JSON."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import psutil
import pytest

from benchmarks.gcg import Played
from benchmarks.gcg_player import Player, go_on

ECHO = (
    "import json, sys; told = json.loads(sys.stdin.readline())\n"
    "print('a warning'); print('{\"ready\": 1}', flush=True)\n"
    "for k, _ in enumerate(sys.stdin): print(json.dumps({'seconds': k, 'loss': told['loss']}), flush=True)"
)


def test_a_player_answers_every_step_and_what_else_is_printed_is_left_out():
    player = Player([sys.executable, "-c", ECHO], "PASSIVE", {"loss": 3.5})
    assert [player.step() for _ in range(3)] == [{"seconds": k, "loss": 3.5} for k in range(3)]
    player.close()


def test_one_that_ends_is_not_waited_for():
    with pytest.raises(SystemExit, match="has ended"):
        Player([sys.executable, "-c", "input()"], "PASSIVE", {})


def test_losses_are_paired_by_start():
    seconds, flops = {"as it is": [1.0, 3.0, 2.0], "nanoGCG": [4.0, 4.0, 9.0]}, {"as it is": [6.0], "nanoGCG": [9.0]}
    in_time = {"as it is": [1.0, 4.0]}
    row = Played(seconds, {"as it is": [2.0, 5.0], "nanoGCG": [3.0, 6.0]}, flops, in_time).row("as it is")
    assert (row["time / nanoGCG's"], row["flops / nanoGCG's"]) == ("0.50", "0.67")
    assert row["ours less it, as many steps"] == "-1.000 (-1.00 to -1.00)"
    assert row["ours less it, as much time"] == "-2.000 (-2.00 to -2.00)"
    alone = Played(seconds, {"as it is": [2.0], "nanoGCG": [3.0]}, flops, {"as it is": [1.0]}).row("as it is")
    assert (alone["starts"], alone["ours less it, as many steps"]) == (1, "-1.000")  # one start has no spread


def test_who_is_not_on_turn_is_stopped():
    others = psutil.Process().children()
    player = Player([sys.executable, "-c", ECHO], "ACTIVE", {"loss": 3.5})
    (process,) = [child for child in psutil.Process().children() if child not in others]
    for _ in range(2):
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert process.status() == psutil.STATUS_STOPPED
        assert player.step()["loss"] == 3.5
    player.close()


def test_ours_goes_on_as_long_as_the_other_took_and_a_step_that_ends_later_does_not_count():
    coming = iter([{"seconds": 2.0, "loss": 3.0}, {"seconds": 2.0, "loss": 1.0}])
    player = SimpleNamespace(step=lambda: next(coming))
    taken = [{"seconds": 1.0, "loss": 5.0}, {"seconds": 1.0, "loss": 4.0}]
    assert go_on(player, taken, 5.0) == 3.0
    assert go_on(player, taken, 1.5) == 5.0
