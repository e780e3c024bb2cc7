"""A visitor who steps a run of its own, and compares all that it is told with the same run made alone."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import numpy as np
from PIL import Image

from benchmarks.answer import Answer
from benchmarks.visit import Visit
from fuse_core.common.pictures import open_picture
from fuse_core.common.storage import assets_folder

PICTURES = sorted((assets_folder() / "evaluation").glob("*.jpg"))
STEPS = 3  # of a run; then it is reset
PATIENCE = 150.0  # seconds for one press
CAPTION = re.compile(r'data-caption="([^"]*)"')
WAITING = re.compile(r"you are number (\d+) in line")


class Told(NamedTuple):
    """What a step came to: the caption on show, the line below with its objective, and the picture's bytes, hashed."""

    caption: str
    line: str
    picture: str


@dataclass
class Seen:
    """What visitors met.

    Attributes
    ----------
    seconds : list of float
        Of each Step, from the press to the last change of its answer.
    places : list of int
        In line, as the page told them.
    errors : list of str
        Steps that failed or never ended.
    mix_ups : list of str
        Steps that came to something else than alone.
    """

    seconds: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mix_ups: list[str] = field(default_factory=list)


class Stepper:
    """A visitor with the k-th picture and the seed k."""

    def __init__(self, address: str, config: dict[str, Any], k: int) -> None:
        self.visit, self.seen, self.alone = Visit(address, config, PATIENCE), Seen(), list[Told]()
        self.visit.open()
        self.path = PICTURES[k % len(PICTURES)]
        self.visit.set("picture", self.visit.upload(self.path))
        self.visit.do("picture", "upload")
        self.set(Steps=STEPS, Seed=k)

    def set(self, **settings: Any) -> None:
        """Settings of the run, by their labels."""
        for label, value in settings.items():
            key = next(k for k in self.visit.handler("step")["inputs"] if self.visit.label(k) == label)
            self.visit.values[key] = value

    def step_alone(self) -> None:
        """What every step comes to with nobody else about; the picture on show has to be the one uploaded.

        Raises
        ------
        RuntimeError
            Where that fails.
        """
        for _ in range(STEPS):
            answer = self.visit.do("step")
            if answer.error or answer.notices:
                raise RuntimeError(f"A step alone failed: {answer.text}")
            self.alone.append(self._told(answer))
        shown = np.asarray(Image.open(io.BytesIO(self._picture())).convert("RGB"))
        if not np.array_equal(shown, np.asarray(open_picture(self.path))):
            raise RuntimeError(f"{self.path.name} is not the picture on show.")
        self.visit.do("reset")

    def step_until(self, deadline: float) -> None:
        """Step, and look at what comes; begin anew after the last."""
        while time.monotonic() < deadline:
            for k in range(STEPS):
                self._look(k, self.visit.do("step"))
                if time.monotonic() > deadline:
                    break
            self.visit.do("reset")

    def _look(self, k: int, answer: Answer) -> None:
        self.seen.seconds.append(answer.seconds)
        self.seen.places += [int(place) for place in WAITING.findall(" ".join(answer.said))]
        if answer.error or answer.notices:
            self.seen.errors.append(f"step {k + 1}: {answer.text}")
        elif (told := self._told(answer)) != self.alone[k]:
            self.seen.mix_ups.append(f"step {k + 1}: {told} for {self.alone[k]}")

    def _told(self, answer: Answer) -> Told:
        found = CAPTION.findall(str(answer.updates.get("caption-box", "")))
        return Told(" | ".join(found), answer.said[-1], hashlib.sha256(self._picture()).hexdigest())

    def _picture(self) -> bytes:
        shown = self.visit.values[self.visit.key("picture")]
        return httpx.get(shown["url"], timeout=PATIENCE).raise_for_status().content


def together(steppers: Sequence[Stepper], seconds: float) -> Seen:
    """All step at once for so long; what they met, in one."""
    for one in steppers:
        one.seen = Seen()
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=one.step_until, args=(deadline,), daemon=True) for one in steppers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline + 2 * PATIENCE - time.monotonic(), 0.1))
    met = [one.seen for one in steppers]
    names = ("seconds", "places", "errors", "mix_ups")
    seen = Seen(*([x for one in met for x in getattr(one, name)] for name in names))
    lost = sum(thread.is_alive() for thread in threads)
    seen.errors += [f"{lost} visitors did not come back"] if lost else []
    return seen
