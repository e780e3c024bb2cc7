"""How often something is done while work goes on."""

from __future__ import annotations

import time


class Throttle:
    """Due ``seconds`` from now, and whenever as many have passed since."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time again; then the next turn is counted from now."""
        now = time.monotonic()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True
