"""The page, laid out once for all tests that look at its wiring."""

from __future__ import annotations

import gradio as gr
import pytest

from fuse_core.library import Library
from ui.app import build


@pytest.fixture(scope="session")
def page() -> gr.Blocks:
    """The page on a library that loads nothing until it is asked."""
    return build(Library())
