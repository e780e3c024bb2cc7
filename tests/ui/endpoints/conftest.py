"""Endpoints called as Gradio calls them, and served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest

from fuse_core.common.limits import Limits
from tests.fuse_core import tiny_models
from tests.ui.endpoints.served import served
from ui.endpoints.endpoint import ENDPOINTS
from ui.endpoints.publish import published
from ui.kit.jobs import JobRunner


@pytest.fixture(scope="session")
def answers() -> Callable[..., list[Any]]:
    """Everything that an endpoint sends, in order; the last is the answer. Limits are those of a machine of one's own.

    Arguments are by name, as of a caller's JSON; those left out have their defaults.
    """

    def call(name: str, limits: Limits | None = None, **given: Any) -> list[Any]:
        runner = JobRunner(limits)
        function = published(ENDPOINTS[name], tiny_models.shared_library(), runner, "paper-caption")
        parameters = list(function.__signature__.parameters.values())[:-1]  # type: ignore[attr-defined]
        values = [given.pop(p.name, p.default) for p in parameters]
        assert not given
        sent = list(function(*values, gr.Request(session_hash="a program")))
        assert runner.count == 0
        return sent

    return call


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of an app over tiny models."""
    with served(tiny_models.shared_library(), "paper-caption") as address:
        yield address
