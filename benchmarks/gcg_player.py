"""Those whose steps ``benchmarks.gcg`` compares: each in a process of its own, asked in lines of JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from typing import IO

MOST = 10  # times as many steps as the other takes, at most, in as much time


class Player:
    """One of those that take turns, in a process of its own, which is stopped while others are on turn."""

    def __init__(self, command: list[str], policy: str, told: dict) -> None:
        environment = {**os.environ, "OMP_WAIT_POLICY": policy}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, env=environment, **pipes)
        self._ask(told)

    def step(self) -> dict[str, float]:
        """``seconds`` on the clock, the lowest ``loss`` so far, and the ``flops`` of the first step."""
        return self._ask({"step": 1})

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _ask(self, question: dict) -> dict:
        to, back = self._process.stdin, self._process.stdout
        assert to
        assert back
        self._process.send_signal(signal.SIGCONT)
        to.write(json.dumps(question) + "\n")
        to.flush()
        answer = _answer(back)
        self._process.send_signal(signal.SIGSTOP)  # idle threads may spin
        return answer


def _answer(back: IO[str]) -> dict:
    """The next line that is an answer; libraries print others."""
    for line in back:
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit("One of the two has ended; what it said stands above.")


def go_on(player: Player, taken: Sequence[dict[str, float]], until: float) -> float:
    """The loss when steps have taken ``until`` seconds in all, those already taken first."""
    loss, seconds = taken[0]["loss"], 0.0
    for k in range(MOST * len(taken)):
        step = taken[k] if k < len(taken) else player.step()
        seconds += step["seconds"]
        if seconds > until:
            break
        loss = step["loss"]
    return loss
