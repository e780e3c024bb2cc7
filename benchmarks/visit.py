"""A visitor without a browser, over the wire as a page's own script goes: the queue, and a stream of answers.

Handlers of the page have no names for programs. They are found in the page's configuration by what is pressed, and
asked for by number, with the values that this visit's components have.
"""

from __future__ import annotations

import copy
import html
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from gradio_client.utils import apply_diff

from benchmarks.answer import Answer, text_of

API, WORDLESS = "gradio_api", "An error without a word."
PATIENCE = 300.0  # seconds for an answer to end, and without a word of the server


class _Asked(NamedTuple):
    """A handler that was called, and when."""

    handler: Mapping[str, Any]
    began: float


class Visit:
    """One opened page.

    Parameters
    ----------
    address : str
        Ending with a slash.
    config : mapping
        What ``config_of`` found; it is the same for all visits.
    patience : float
        Seconds after which an answer that has not ended is an error; heartbeats of the server do not count.
    """

    def __init__(self, address: str, config: Mapping[str, Any], patience: float = PATIENCE) -> None:
        self.patience = patience
        self.session = secrets.token_hex(6)
        self.client = httpx.Client(base_url=address, timeout=PATIENCE)
        self.components: dict[int, dict[str, Any]] = {}
        self.dependencies: list[dict[str, Any]] = []
        self.values: dict[int, Any] = {}
        self._unheard: dict[str, _Asked] = {}
        self._add(config)

    def _add(self, config: Mapping[str, Any]) -> None:
        """What there is on the page, or comes to it."""
        new = {c["id"]: c for c in config["components"] if c["id"] not in self.components}
        self.components |= new
        known = {one["id"] for one in self.dependencies}
        self.dependencies += [one for one in config["dependencies"] if one["id"] not in known]
        self.values |= {key: copy.deepcopy(c["props"].get("value")) for key, c in new.items()}

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
        began = time.perf_counter()
        joined = self._join(one, data, event_data)
        if joined.is_error:
            return Answer(error=f"{joined.status_code} {joined.text[:300]}")
        return self._heard({joined.json()["event_id"]: _Asked(one, began)})[0]

    def press(self, name: str) -> httpx.Response:
        """Trigger a button without waiting for what comes: of two listeners each would miss what the other heard."""
        asked = _Asked(self.handler(name), time.perf_counter())
        joined = self._join(asked.handler)
        if joined.is_success:
            self._unheard[joined.json()["event_id"]] = asked
        return joined

    def hear(self) -> list[Answer]:
        """Wait for all that comes of what was pressed; seconds are counted from each press."""
        unheard, self._unheard = self._unheard, {}
        return self._heard(unheard)

    def _heard(self, asked: Mapping[str, _Asked]) -> list[Answer]:
        """The answers to events."""
        answers = {event: Answer() for event in asked}
        until = time.perf_counter() + self.patience
        last: dict[str, list[Any]] = {}
        left = dict.fromkeys(asked, "")
        for message in self._messages():  # to its own end: a stream that is left takes the visit's next press along
            if time.perf_counter() > until:
                break
            kind, output, event = message["msg"], message.get("output") or {}, message.get("event_id")
            if kind == "unexpected_error":
                left = dict.fromkeys(left, f" {message.get('message')}")
            if event not in answers:
                continue
            answer = answers[event]
            if kind == "log":
                answer.markup.append(message["log"])
                answer.notices.append(html.unescape(message["log"]))
            elif kind in ("process_generating", "process_completed") and "data" in output:
                is_diff = kind == "process_generating" and event in last
                last[event] = _patched(last[event], output["data"]) if is_diff else output["data"]
                self._take(asked[event].handler, last[event], answer)
            if part := output.get("render_config"):
                self._add(part)
            if kind == "process_completed":
                answer.seconds = time.perf_counter() - asked[event].began
                left.pop(event, None)
                answer.error = "" if message.get("success", True) else str(output.get("error") or WORDLESS)
        for event, why in left.items():
            answers[event].seconds = time.perf_counter() - asked[event].began
            answers[event].error = f"No end after {answers[event].seconds:.0f} s.{why}"
        return [*answers.values()]

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


def config_of(address: str, whole: bool = False) -> dict[str, Any]:
    """The page's configuration: as it is sent first, or ``whole``, with the parts that follow as tabs are opened."""
    page = httpx.get(address, timeout=PATIENCE).raise_for_status().text  # /config tells programs of the endpoints alone
    config, _ = json.JSONDecoder().raw_decode(page.split("window.gradio_config = ", 1)[1])
    if not whole:
        return config
    visit = Visit(address, config)
    for one in [one for one in config["dependencies"] if one.get("render_id")]:
        visit.call(one)
    return {"components": [*visit.components.values()], "dependencies": visit.dependencies}


def until_ready(address: str) -> None:
    """Wait for the models of the first Step.

    Raises
    ------
    RuntimeError
        When they could not be loaded, or are not there in time.
    """
    deadline, said = time.monotonic() + PATIENCE, ""
    while time.monotonic() < deadline and "could not" not in said:
        answer = httpx.get(f"{address}readyz", timeout=60)
        if answer.is_success:
            return
        said = answer.json()["status"]
        time.sleep(1)
    raise RuntimeError(f"{address} is not ready: {said}")
