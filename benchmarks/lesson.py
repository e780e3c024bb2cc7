"""How long every control of the lesson takes on the real models: ``python -m benchmarks.lesson``.

Events are triggered as the page triggers them, by a visit without a browser; what the browser draws is not counted.
Models, word lists and adapters are loaded before: a first round, with values of its own, is printed and not counted.
Processor seconds are of all threads together, and the longest an answer may take; what else runs on the machine
lengthens the seconds on the clock alone. A minute or two on two cores once the models are in the cache.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import gradio as gr
import pandas as pd

from fuse_core.cli.text_table import text_table
from fuse_core.library import Library
from tests.ui.visitor import Visitor
from ui.app import build
from ui.learn.chapter import CHAPTERS

LIMIT = 2.0  # seconds an answer may take
PICTURES = ("coffee", "officer", "photographer", "rocket", "shuttle")
WORDS = ("otter", "zebra violin", "harbour lantern", "walrus kayak teapot", "cello", "saddle")
BUCKETS = ("1,1", "2,3", "3,3")
TEXTS = [f"an {words} beneath a tripod" for words in WORDS]


@dataclass(frozen=True)
class Control:
    """A control of a chapter, and what it is used with.

    Attributes
    ----------
    chapter : str
    name : str
        Its element id.
    event : str
    filled : str
        What is filled in before; the control itself where empty.
    values : sequence
        One a use, in turn, so that none is answered from memory because it was asked before.
    given : dict
        Filled in once.
    """

    chapter: str
    name: str
    event: str = "click"
    filled: str = ""
    values: Sequence[Any] = ()
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """For the table."""
        return " ".join(
            [
                self.name.removeprefix("lesson-"),
                *(value if isinstance(value, str) else f"{value:,}" for value in self.given.values()),
            ]
        )


CONTROLS = (
    Control("cuts", "lesson-cuts-second", filled="lesson-cuts-text", values=TEXTS),
    Control("words", "lesson-words-match", "change", values=["one", "word"]),
    Control("words", "lesson-words-count"),
    Control("tensors", "lesson-tensor-slots", "change", values=[1, 2, 3, 4, 5]),
    Control("tensors", "lesson-tensor-live", filled="lesson-tensor-own", values=[w.split()[0] for w in WORDS]),
    Control("t-product", "lesson-slice", "change", values=[0, 1, 2]),
    Control("t-product", "lesson-check"),
    Control("t-product", "lesson-time", given={"lesson-n": 64, "lesson-m": 64, "lesson-p": 64, "lesson-l": 8}),
    Control("pseudoinverse", "lesson-used", "change", values=[1, 2, 3, 4]),
    Control("pseudoinverse", "lesson-x", "input", values=[-1.0, 0.0, 1.0]),
    *(Control("pseudoinverse", "lesson-bucket-live", given={"lesson-bucket": bucket}) for bucket in BUCKETS),
    *(Control("fit", "lesson-fit-live", filled="lesson-fit-guess", values=["1"], given={"lesson-words": words})
      for words in (144, 576, 2304, 9216, 19_391)),
    Control("fit", "lesson-fit-every"),
    Control("landing", "lesson-land"),
    Control("landing", "lesson-count"),
    Control("landing", "lesson-land-live", filled="lesson-own-words", values=WORDS),
    Control("gradient", "lesson-gradient-word", "input", values=[0, 1, 2]),
    Control("gradient", "lesson-gradient-carry", filled="lesson-gradient-text", values=TEXTS),
    Control("ranking", "lesson-ranking-next"),
    Control("ranking", "lesson-ranking-tokens", "input", values=[0]),
    Control("ranking", "lesson-ranking-within", "release", values=[16, 64, 512]),
    Control("ranking", "lesson-ranking-measure", filled="lesson-ranking-context", values=TEXTS),
    Control("caption", "lesson-caption-begin", filled="lesson-caption-picture", values=PICTURES),
    Control("caption", "lesson-caption-compete", filled="lesson-caption-word", values=[w.split()[0] for w in WORDS]),
    Control("caption", "lesson-caption-step"),
    Control("caption", "lesson-caption-stage", "change", values=[1, 4, 5]),
    Control("caption", "lesson-caption-worth-show"),
)  # fmt: skip


def uses(visitor: Visitor, control: Control, count: int) -> list[tuple[float, float]]:
    """Processor seconds and seconds on the clock of so many uses."""
    for name, value in control.given.items():
        visitor[name] = value
    found = []
    for k in range(count):
        if control.values:
            visitor[control.filled or control.name] = control.values[k % len(control.values)]
        used, clock = time.process_time(), time.perf_counter()
        visitor.do(control.name, control.event)
        found.append((time.process_time() - used, time.perf_counter() - clock))
    return found


def _failed(message: str) -> NoReturn:
    raise RuntimeError(message)


def main() -> int:
    """Use every control and print a table; 1 where an answer took more processor time than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uses", type=int, choices=range(1, 7), default=6, help="of each control (%(default)s)")
    parser.add_argument("--chapter", choices=list(CHAPTERS), action="append", help="default: all")
    options = parser.parse_args()
    visitor, rows = Visitor(build(Library())), []
    visitor.open()
    for table in ("lesson-a", "lesson-b", "lesson-guess"):
        visitor[table] = pd.DataFrame(visitor[table]["data"])  # as a browser sends it
    gr.Warning = _failed  # what a handler says of an error: nothing may be timed that failed
    for control in CONTROLS:
        if options.chapter and control.chapter not in options.chapter:
            continue
        (first, *_), *rest = uses(visitor, control, options.uses + 1)
        used, clock = zip(*rest, strict=True)
        rows.append(
            {"chapter": CHAPTERS[control.chapter].order, "control": control.label, "first": first}
            | {"processor": statistics.median(used), "most": max(used), "clock": statistics.median(clock)}
        )
        print(*rows[-1].values(), file=sys.stderr)
    print(text_table(rows))
    slow = [row for row in rows if row["most"] > LIMIT]
    print(
        f"Over {LIMIT:g} s: {', '.join(str(row['control']) for row in slow) or 'none'}. Uses of each: {options.uses}."
    )
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
