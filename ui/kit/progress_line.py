"""A job's progress in a status line."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

import gradio as gr

from ui.kit.fragments import status
from ui.kit.guard import Update
from ui.kit.jobs import Report

T = TypeVar("T")


def progress_line(
    line: gr.HTML, job: Generator[Report, None, T], name: str = "", say: Callable[[str], str] = str
) -> Generator[Update, None, T]:
    """Show what a job reports as it comes, after the name of what is made; returns the job's result.

    ``say`` words what a report says.

    For ``result = yield from progress_line(...)`` in a handler.
    """
    while True:
        try:
            report = next(job)
        except StopIteration as finished:
            return finished.value
        what = say(report.what)
        what = f"{name}: {what[:1].lower()}{what[1:]}" if name else what
        yield {line: status(f"{what} …", share=report.share)}
