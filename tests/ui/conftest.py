"""The page over tiny models, and visits to it without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
import pytest

from fuse_core.words import word_filter
from tests.fuse_core import tiny_models
from tests.ui.visitor import Visitor
from ui.app import build


@pytest.fixture(scope="session")
def page() -> gr.Blocks:
    """The page, whose default preset's models are tiny ones."""
    return build(tiny_models.shared_library(), "paper-caption")


@pytest.fixture(autouse=True)
def notices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is shown in a corner of the page."""
    shown: list[str] = []
    monkeypatch.setattr(gr, "Warning", shown.append)
    return shown


@pytest.fixture
def visitor(page: gr.Blocks, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who has just opened the page, and closes it in the end."""
    visit = Visitor(page, request.node.nodeid)
    visit.open()
    yield visit
    visit.close()


class HalfListed:
    """A word list that holds every other text, and how many it removed."""

    def __init__(self) -> None:
        self.removed = 0

    def __call__(self, text: str) -> bool:
        listed = len(text) % 2 == 0
        self.removed += listed
        return listed


@pytest.fixture
def half_listed(monkeypatch: pytest.MonkeyPatch) -> HalfListed:
    """In place of the list."""
    listed = HalfListed()
    monkeypatch.setattr(word_filter, "is_listed", listed)
    return listed
