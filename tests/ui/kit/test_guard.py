"""Handlers' errors become a sentence in the status line, and nothing else on the page changes."""

from __future__ import annotations

import gradio as gr
import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from ui.kit.guard import guarded


def no_space() -> UserError:
    """What the library says of a file that it writes: its place is nothing to visitors."""
    error = UserError("'secret' could not be written.", "Choose another place.")
    error.__cause__ = OSError(28, "No space left on device")
    return error


class Handlers:
    def __init__(self) -> None:
        self.status, self.other = gr.HTML(), gr.HTML()

    @guarded
    def answer(self, answer):
        if isinstance(answer, Exception):
            raise answer
        return answer

    @guarded
    def answers(self, *answers):
        for answer in answers:
            yield self.answer.__wrapped__(self, answer)


@pytest.fixture
def handlers(notices) -> Handlers:
    return Handlers()


@pytest.mark.parametrize(
    ("error", "said", "kind"),
    [
        (UserError("Wrong <b>.", "Do this."), "Wrong &lt;b&gt;. Do this.", "fx-error"),
        (ValueError("secret"), "Something went wrong (ValueError); your run is as it was.", "fx-error"),
        (OSError(28, "No space left on device"), "The disk takes no more files (no space left on device).", "fx-error"),
        (no_space(), "The disk takes no more files (no space left on device).", "fx-error"),
        (Cancelled(), "Cancelled. What was shown before is still here.", "fx-info"),
    ],
)
def test_an_error_changes_the_status_line_alone(handlers, notices, error, said, kind):
    (update,) = [handlers.answer(error)]
    first, last = handlers.answers({handlers.other: "x"}, error)
    assert first == {handlers.other: "x"}
    for found in (update, last):
        assert list(found) == [handlers.status]
        assert said in found[handlers.status]
        assert kind in found[handlers.status]
        assert "secret" not in found[handlers.status]
    assert len(notices) == (0 if isinstance(error, Cancelled) else 2)
    assert not any("<" in notice for notice in notices)  # Gradio renders HTML there


def test_what_changes_nothing_says_so_in_gradios_way(handlers):
    nothing = {handlers.status: gr.skip()}
    assert handlers.answer({}) == nothing
    assert list(handlers.answers()) == [nothing]
    assert list(handlers.answers({}, {handlers.other: 1}, {})) == [nothing, {handlers.other: 1}, nothing]
