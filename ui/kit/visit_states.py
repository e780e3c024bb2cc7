"""What the server keeps of each visit: the values of its states, and nothing of what the page shows.

Gradio keeps a copy of every component's settings and last value besides, for links of a kind that this page does not
have: two megabytes a visit, and as much for each call of an endpoint. And where there are too many visits, it drops the
one that was not heard of for longest, though a call of an endpoint, which has nothing to keep, counts as one.
"""

from __future__ import annotations

from copy import copy
from typing import Any, cast

import gradio as gr
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder
from starlette.applications import Starlette

CLOSED = 3_600  # seconds for which states are kept once a page is closed, as by Gradio's own


class States(SessionState):
    """One visit's."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.state_data: dict[int, Any] = {}
        self._state_ttl = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = CLOSED

    @property
    def config_values(self) -> dict[int, Any]:
        """Nothing; what is put there is gone."""
        return {}

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class VisitStates(StateHolder):
    """All visits'; of too many, one without a state goes first, and of these the one not heard of for longest."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = States(self.blocks)
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """A visit was heard of."""
        with self.lock:
            self.session_data.move_to_end(session_id)
            while len(self.session_data) > self.capacity:
                others = [key for key in self.session_data if key != session_id]
                self._drop(next((key for key in others if not self.session_data[key].state_data), others[0]))

    def delete_state(self, session_id: str, expired_only: bool = False) -> None:
        """Drop what has expired; of a page that was closed, the visit, too."""
        super().delete_state(session_id, expired_only)
        with self.lock:
            visit = self.session_data.get(session_id)
            if visit is not None and visit.is_closed and not visit.state_data:
                self._drop(session_id)

    def _drop(self, session_id: str) -> None:
        del self.session_data[session_id]
        self.time_last_used.pop(session_id, None)


def keep_states_alone(app: Starlette) -> None:
    """Let a server of Gradio's that begins keep visits so."""
    server = cast("App", app)
    server.state_holder = VisitStates()
    server.state_holder.set_blocks(server.get_blocks())
