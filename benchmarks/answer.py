"""What a page answers to one press."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What came of one press.

    Attributes
    ----------
    updates : dict
        Element id or label -> the last value it was given.
    said : list of str
        What stood in status lines, in order, without repetitions.
    notices : list of str
        What was shown in a corner of the page.
    markup : list of str
        The same as the browser gets it, which reads it as HTML.
    error : str
        What Gradio said of a handler that failed, or that could not be called; empty otherwise.
    seconds : float
        From the press to the last update.
    """

    updates: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    markup: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All that it tells the visitor."""
        return " ".join([self.error, *self.notices, *self.said[-1:]]).strip()


def text_of(value: Any) -> str:
    """What a person reads of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", " ", str(value or ""))).strip()
