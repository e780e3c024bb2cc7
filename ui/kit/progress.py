"""A job's progress in a status line."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from gradio.components import Component

from ui.kit.fragments import status
from ui.kit.guard import Update
from ui.kit.jobs import Report

T = TypeVar("T")


def shown_in(line: Component, job: Generator[Report, None, T], prefix: str = "") -> Generator[Update, None, T]:
    """A job's reports as updates of a status line, then its result: ``result = yield from shown_in(...)``.

    After a prefix, such as "smollm2 → minilm: ", the words go on small.
    """
    while True:
        try:
            report = next(job)
        except StopIteration as finished:
            return finished.value
        what = prefix + report.what[:1].lower() + report.what[1:] if prefix else report.what
        yield {line: status(f"{what} …", share=report.share)}
