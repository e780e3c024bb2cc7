"""A visitor without a browser, over the wire as a page's own script goes: the queue, and a stream of answers.

Handlers of the page have no names for programs. They are found in the page's configuration by what is pressed, and
asked for by number, with the values that this visit's components have.
"""

from __future__ import annotations

import copy
import html
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from gradio_client.utils import apply_diff

API = "gradio_api"
PATIENCE = 900.0  # seconds without a word of the server


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
    error : str
        What Gradio said of a handler that failed, or that could not be called; empty otherwise.
    seconds : float
        From the press to the last update.
    """

    updates: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All that it tells the visitor."""
        return " ".join([self.error, *self.notices, *self.said[-1:]]).strip()


class Visit:
    """One opened page.

    Parameters
    ----------
    address : str
        Ending with a slash.
    config : mapping
        What ``config_of`` found; it is the same for all visits.
    """

    def __init__(self, address: str, config: Mapping[str, Any]) -> None:
        self.session = secrets.token_hex(6)
        self.client = httpx.Client(base_url=address, timeout=PATIENCE)
        self.components = {c["id"]: c for c in config["components"]}
        self.dependencies = config["dependencies"]
        self.values = {key: copy.deepcopy(c["props"].get("value")) for key, c in self.components.items()}

    def name(self, key: int) -> str:
        """A component's element id, else its label."""
        props = self.components[key]["props"] if key in self.components else {}
        return str(props.get("elem_id") or props.get("label") or key)

    def label(self, key: int) -> str:
        """What people call a component."""
        return str(self.components[key]["props"].get("label") or "")

    def key(self, name: str) -> int:
        """The first component of that element id, else of that label."""
        for prop in ("elem_id", "label"):
            for key, component in self.components.items():
                if component["props"].get(prop) == name:
                    return key
        raise KeyError(f"The page has no '{name}'.")

    def handler(self, name: str, event: str = "click") -> dict[str, Any]:
        """What is wired to an event, in Python, of a component."""
        key = self.key(name)
        return next(d for d in self.dependencies if [key, event] in map(list, d["targets"]) and d["backend_fn"])

    def open(self) -> None:
        """What a browser does once the page is there, without what its scripts keep."""
        for one in self.dependencies:
            if one["backend_fn"] and any(event == "load" for _, event in one["targets"]):
                self.call(one)

    def upload(self, path: Path, name: str = "") -> dict[str, Any]:
        """A file's data, once the server has it."""
        with path.open("rb") as file:
            answer = self.client.post(f"{API}/upload", files={"files": (name or path.name, file)})
        return file_data(answer.raise_for_status().json()[0], name or path.name)

    def set(self, name: str, value: Any) -> None:
        """Fill a field in."""
        self.values[self.key(name)] = value

    def do(self, name: str, event: str = "click", event_data: Any = None) -> Answer:
        """Trigger an event and wait for all that its handler sends."""
        return self.call(self.handler(name, event), event_data=event_data)

    def call(self, one: Mapping[str, Any], data: list[Any] | None = None, event_data: Any = None) -> Answer:
        """Call a handler by its number, with this visit's values or others."""
        answer, began = Answer(), time.perf_counter()
        joined = self._join(one, data, event_data)
        if joined.is_error:
            answer.error = f"{joined.status_code} {joined.text[:300]}"
            return answer
        event, last = joined.json()["event_id"], []
        for message in self._messages():
            if message.get("event_id") not in (event, None):
                continue
            kind, output = message["msg"], message.get("output") or {}
            if kind == "log":
                answer.notices.append(html.unescape(message["log"]))
            elif kind in ("process_generating", "process_completed") and "data" in output:
                is_diff = kind == "process_generating" and bool(last)
                last = _patched(last, output["data"]) if is_diff else output["data"]
                self._take(one, last, answer)
            if kind == "process_completed":
                if not message.get("success", True):
                    answer.error = str(output.get("error") or "An error without a word.")
                break
        answer.seconds = time.perf_counter() - began
        return answer

    def press(self, name: str) -> httpx.Response:
        """Trigger a button without waiting for what comes: of two listeners each would miss what the other heard."""
        return self._join(self.handler(name))

    def _join(self, one: Mapping[str, Any], data: list[Any] | None = None, event_data: Any = None) -> httpx.Response:
        sent = data if data is not None else [self._input(key) for key in one["inputs"]]
        body = {"data": sent, "event_data": event_data, "fn_index": one["id"], "session_hash": self.session}
        body["trigger_id"] = one["targets"][0][0] if one["targets"] else None
        return self.client.post(f"{API}/queue/join", content=json.dumps(body), headers=JSON)

    def _input(self, key: int) -> Any:
        return None if self.components.get(key, {}).get("type") == "state" else self.values.get(key)

    def _messages(self) -> Iterator[dict[str, Any]]:
        with self.client.stream("GET", f"{API}/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def _take(self, one: Mapping[str, Any], data: list[Any], answer: Answer) -> None:
        for key, value in zip(one["outputs"], data, strict=False):
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" not in value:
                    continue
                value = value["value"]
            self.values[key] = answer.updates[self.name(key)] = value
            if "status" in self.name(key) and (said := text_of(value)) not in answer.said[-1:]:
                answer.said.append(said)


JSON = {"Content-Type": "application/json"}


def _patched(last: list[Any], diffs: list[Any]) -> list[Any]:
    return [apply_diff(value, diff) for value, diff in zip(last, diffs, strict=True)]


def file_data(path: str, name: str = "") -> dict[str, Any]:
    """A file as a page's script names it."""
    return {"path": path, "orig_name": name or Path(path).name, "meta": {"_type": "gradio.FileData"}}


def text_of(value: Any) -> str:
    """What a person reads of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", " ", str(value or ""))).strip()


def config_of(address: str) -> dict[str, Any]:
    """The page's configuration."""
    return httpx.get(f"{address}config", timeout=PATIENCE).raise_for_status().json()
