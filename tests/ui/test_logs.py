"""What is logged on a public host."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime, timedelta

from ui.logs import JsonLines

PROMPT = "a secret prompt\nof two lines"


def failing(prompt: str) -> None:
    raise ValueError(prompt)


def test_an_error_is_logged_by_kind_and_place_and_never_by_what_a_visitor_wrote():
    try:
        failing(PROMPT)
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("ui.kit.guard", logging.ERROR, "", 0, "A handler %s.", ("failed",), caught)
    line = JsonLines().format(record)
    assert "secret" not in line
    assert "\n" not in line
    found = json.loads(line)
    assert datetime.now(UTC) - datetime.fromisoformat(found.pop("time")) < timedelta(minutes=5)
    assert found.pop("at").endswith("test_logs.py:16 failing")
    assert found == {
        "level": "ERROR",
        "logger": "ui.kit.guard",
        "message": "A handler failed.",
        "error": "ValueError",
    }


def test_a_line_without_an_error_names_none():
    record = logging.LogRecord("ui.kit.jobs", logging.INFO, "", 0, "The job %s was cancelled.", ("step",), None)
    assert json.loads(JsonLines().format(record)).keys() == {"time", "level", "logger", "message"}
