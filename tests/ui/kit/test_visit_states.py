"""What is kept of each visit."""

from __future__ import annotations

import asyncio
import datetime
import pickle
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from ui.kit.visit_states import CLOSED, States, VisitStates, keep_states_alone


@pytest.fixture
def app() -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as page:
        count, box = gr.State(0, time_to_live=60), gr.Textbox("begin", label="b" * 1_000)
        page.load(lambda n, text: (n + 1, gr.update(value=f"{text}{n}")), [count, box], [count, box])
    page.state_session_capacity = 3
    return page


@pytest.fixture
def holder(app) -> VisitStates:
    server: Any = SimpleNamespace(get_blocks=lambda: app)
    keep_states_alone(server)
    assert app.state_holder is server.state_holder
    return server.state_holder


def loaded(app: gr.Blocks, states: SessionState, text: str) -> list:
    """What a visit's handler answers; in a thread of its own, where no loop of another test runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(app.process_api(0, [None, text], state=states))).result()["data"]


def test_handlers_work_as_with_all_that_gradio_keeps(app, holder):
    told = [loaded(app, holder[name], "a") for name in ("me", "me", "other")]
    assert [boxes["value"] for _, boxes in told] == ["a0", "a1", "a0"]
    assert told[0] == loaded(app, SessionState(app), "a")


def test_nothing_is_kept_of_what_the_page_shows(app, holder):
    loaded(app, holder["me"], "said")
    assert b"said" not in pickle.dumps([dict(holder["me"].config_values), holder["me"].state_data])
    assert list(holder["me"].state_data.values()) == [1]
    assert isinstance(holder["me"], States)
    assert not list(holder["me"].components)


def test_calls_that_keep_nothing_take_no_visits_place(app, holder):
    loaded(app, holder["me"], "a")
    for k in range(10):
        assert holder[f"call {k}"].state_data == {}
    assert [*holder.session_data] == ["me", "call 8", "call 9"]
    for name in ("b", "c", "d"):
        loaded(app, holder[name], "a")
    assert [*holder.session_data] == ["b", "c", "d"]  # "me" was not heard of for longest
    assert holder.time_last_used.keys() == {"b", "c", "d"}


def test_a_closed_page_is_kept_for_an_hour_and_an_open_one_for_its_states_time(app, holder):
    for name in ("open", "closed"):
        loaded(app, holder[name], "a")
    holder["closed"].is_closed = True
    holder.delete_all_expired_state()
    assert [*holder.session_data] == ["open", "closed"]

    def age(name: str, seconds: float) -> None:
        [(key, (lives, began))] = holder.session_data[name]._state_ttl.items()
        holder.session_data[name]._state_ttl[key] = (lives, began - datetime.timedelta(seconds=seconds))

    age("closed", CLOSED + 1)
    age("open", 61)
    holder.delete_all_expired_state()
    assert [*holder.session_data] == ["open"]
    assert holder["open"].state_data == {}
