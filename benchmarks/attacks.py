"""What a hostile visitor tries, an attack a line: plain requests, and calls of endpoints.

An attack is harmless where nothing was done and a sentence says so. ``Attack.run`` returns what the server told, and
raises ``Harmed`` where it did more than that.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from benchmarks.visit import API, Visit, file_data
from fuse_core.common.storage import assets_folder

SCRIPT = "<img src=x onerror=alert(1)>"
ADDRESS = "http://visitor.example/a.png"
INNER = "http://169.254.169.254/latest/meta-data"
# What no answer may tell: places and insides of the server, and that it met what it did not foresee.
HERE = re.escape(str(assets_folder().parent))
INSIDES = re.compile(rf"Traceback|site-packages|{HERE}|File '|line \d+, in|Errno|went wrong|root:x:|PATH=")
NONE: Mapping[str, str] = {}
AS_JSON = {"Content-Type": "application/json"}


class Harmed(Exception):
    """An attack did something."""


@dataclass(frozen=True)
class Attack:
    """One line of the list.

    Attributes
    ----------
    run : callable
        Takes ``Target``; returns the answer.
    """

    name: str
    run: Callable[[Target], str]


class Reply(NamedTuple):
    """Status and text of an answer."""

    status: int
    text: str

    def __str__(self) -> str:
        return f"{self.status} {self.text}"


@dataclass(frozen=True)
class Target:
    """A served app; ``visit`` opens its page, ``temporary`` is where it keeps uploads and what is to be downloaded."""

    address: str
    folder: Path
    visit: Callable[[], Visit]
    temporary: Path

    def request(self, method: str, path: str, content: Any = None, headers: Mapping[str, str] = NONE) -> Reply:
        """As it stands: nothing of a path or of the headers is tidied up, as a client for honest people would do."""
        line = HTTPConnection(urlsplit(self.address).netloc, timeout=120)
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            line.request(method, f"/{path}", content, dict(headers))
        answer = line.getresponse()
        is_endless = "event-stream" in (answer.getheader("Content-Type") or "")
        reply = Reply(answer.status, "" if is_endless else answer.read().decode("utf-8", "replace"))
        line.close()
        return reply

    def file(self, name: str, content: bytes) -> Path:
        """A file of the attacker's."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def called(self, name: str, given: dict[str, Any]) -> str:
        """What an endpoint tells a program."""
        body = json.dumps(given)
        joined = self.request("POST", f"{API}/call/v2/{name}", body, AS_JSON)
        if joined.status >= 400:
            return str(joined)
        event = json.loads(joined.text)["event_id"]
        with httpx.stream("GET", f"{self.address}{API}/call/{name}/{event}", timeout=300) as stream:
            events = "\n".join(stream.iter_lines())
        if "event: error" not in events:
            raise Harmed(f"It was answered: {events[-200:]}")
        return events.partition("event: error\ndata: ")[2].strip()


def plain(method: str, path: str, **options: Any) -> Attack:
    """A request that has to be refused."""

    def run(target: Target) -> str:
        answer = target.request(method, path, **options)
        if answer.status < 400:
            raise Harmed(str(answer)[:100])
        return str(answer)

    told = "".join(f", {name}: {value}" for name, value in (options.get("headers") or {}).items() if name != "X")
    return Attack(f"{method} /{path}{told}", run)


def endpoint(what: str, name: str, given: dict[str, Any]) -> Attack:
    """A call that an endpoint has to refuse."""
    return Attack(f"endpoint {name}: {what}", lambda target: target.called(name, given))


def _too_much(target: Target, path: str, megabytes: int, **options: Any) -> str:
    answer = target.request("POST", path, b"x" * (megabytes * 1_000_000), **options)
    if answer.status < 400:
        raise Harmed("It was taken.")
    return str(answer)


def _markup_is_not_shown(ending: str) -> Callable[[Target], str]:
    """A page of one's own among the uploads would run scripts with the app's own rights."""

    def run(target: Target) -> str:
        content = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        files = {"files": (f"a.{ending}", content)}
        sent = httpx.post(f"{target.address}{API}/upload", files=files)
        if sent.is_error:
            return f"{sent.status_code} {sent.text}"
        headers = httpx.get(f"{target.address}{API}/file={sent.json()[0]}").headers
        if "attachment" not in headers.get("content-disposition", ""):
            raise Harmed(f"Shown as {headers.get('content-type')}")
        return f"attachment, {headers['content-type']}, {headers['x-content-type-options']}"

    return run


def _uploaded(target: Target, name: str, content: bytes, what: str) -> str:
    """A bad file for an endpoint."""
    files = {"files": (name, content)}
    sent = httpx.post(f"{target.address}{API}/upload", files=files, timeout=120)
    if sent.is_error:
        return f"{sent.status_code} {sent.text}"
    endpoint = {"picture": "caption", "run": "step"}[what]
    return target.called(endpoint, {what: file_data(sent.json()[0])})


def png(width: int, height: int) -> bytes:
    """A picture of one colour that is small as a file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    rows, many = zlib.compressobj(9), 1_000
    block = b"\0" * (width + 1) * many
    body = b"".join([*(rows.compress(block) for _ in range(height // many)), rows.flush()])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


UP = "../" * 8
ABSENT = '{"data": [], "fn_index": 1000000000, "session_hash": "a"}'
DEEP = "[" * 100_000 + "]" * 100_000
FILE_OF_HOST = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
FETCHED = {"path": ADDRESS, "url": ADDRESS, "meta": {"_type": "gradio.FileData"}}
OTHER = {"Origin": "http://evil.example"}
CAT = {"path": "assets/images/cat.jpg"}

PLAIN: list[Attack] = [
    *(
        plain("GET", f"{API}/{path}")
        for path in (
            "file=/etc/passwd", f"file={UP}etc/passwd", "file=app.py", "file=/proc/self/environ",
            "file=%2fetc%2fpasswd",
            "file=/var/../etc/passwd", "file=.git/config", f"file={INNER}", f"file={ADDRESS}",
            "file=file:///etc/passwd",
            f"proxy={INNER}", "stream/a/b/1/playlist.m3u8", "dev/reload", "openapi.json", "runs", "queue/status",
        )
    ),
    *(
        plain("GET", path)
        for path in (
            f"static/{UP}etc/passwd", "assets/..%2f..%2f..%2fetc%2fpasswd",
            f"svelte/{UP}etc/passwd", "monitoring",
            "openapi.json", "docs", "login",
            f"{API}/custom_component/1/client/component/..%2f..%2f..%2fetc%2fpasswd",
        )
    ),
    *(plain("POST", f"{API}/{path}", content='{"data": []}') for path in ("run/choose_picture", "api/step")),
    *(plain("POST", f"{API}/{path}", content="{}") for path in ("process_recording", "component_server", "vibe-edit")),
    plain("POST", f"{API}/run/predict", content='{"data": [], "fn_index": 1}', headers=AS_JSON),
    plain("POST", f"{API}/run/predict", content='{"data": [], "fn_index": 1000000000}', headers=AS_JSON),
    plain("POST", f"{API}/queue/join", content=ABSENT, headers=AS_JSON),
    plain("POST", f"{API}/queue/join", content=b"{", headers=AS_JSON),
    plain("GET", "config", headers=OTHER),
    plain("POST", f"{API}/queue/join", content="{}", headers=OTHER),
    plain("POST", f"{API}/upload", content="{}", headers={"Origin": "null"}),
    plain("GET", "config", headers={**OTHER, "Host": "inner.example"}),
    plain("POST", f"{API}/queue/join", content=iter([b"{}"]), headers={"Transfer-Encoding": "chunked"}),
    plain("POST", f"{API}/queue/join", headers={"Content-Length": "300000000"}),
    plain("POST", f"{API}/queue/join", headers={"Content-Length": "many"}),
    Attack("17 MB of JSON", lambda target: _too_much(target, f"{API}/queue/join", 17, headers=AS_JSON)),
    Attack("65 MB of uploads in one request", lambda target: _too_much(target, f"{API}/upload", 65)),
    plain("POST", f"{API}/queue/join", content=DEEP, headers=AS_JSON),
    *(Attack(f"an uploaded .{kind}, shown as a page", _markup_is_not_shown(kind)) for kind in ("html", "svg")),
]  # fmt: skip

ENDPOINTS: list[Attack] = [
    *(endpoint(f"picture {what}", "caption", {"picture": file}) for what, file in (
        ("of the host", FILE_OF_HOST), ("of the host, unmarked", {"path": "/dev/zero"}), ("by address", FETCHED),
        ("by an inner address", {**FETCHED, "path": INNER, "url": INNER}), ("by address, unmarked", {"path": ADDRESS}),
        ("in the app's folder", {"path": "app.py"}))),
    endpoint("run of the host", "step", {"run": FILE_OF_HOST}),
    endpoint("run by address", "step", {"run": FETCHED}),
    endpoint("an address among the settings", "caption", {"settings": {"a": [FETCHED]}}),
    endpoint("a number that is none", "caption", {"picture": CAT, "settings": {"weight": float("nan")}}),
    *(endpoint(f"model {name}", "split", {"text": "a", "tokenizers": [name]}) for name in (
        "/etc/passwd", "../../etc", "openai-community/gpt2", "gpt2-medium", SCRIPT, ADDRESS)),
    *(endpoint(f"settings {json.dumps(given)}", "caption", {"picture": CAT, "settings": given}) for given in (
        {"steps": 10**6}, {"beams": 10**6}, {"candidates": 10**9}, {"length": 10**6}, {"steps": -1}, {"steps": 1e308},
        {"beams": 8, "candidates": 512}, {"image_weight": 1e308}, {"source": "/etc"},
        {"target": "openai/clip-vit-base-patch32"},
        {"prefix": "a " * 100_000}, {"nonsense": SCRIPT})),
    endpoint("preset paper-caption, which would be fetched", "caption", {"picture": CAT, "preset": "paper-caption"}),
    endpoint("preset by a path", "caption", {"picture": CAT, "preset": "../../../etc/passwd"}),
    endpoint("1,000,000 characters", "split", {"text": "a " * 500_000}),
    endpoint("1,000 tokenizers", "split", {"text": "a", "tokenizers": ["minilm"] * 1_000}),
    endpoint("a billion words", "buckets", {"words": 10**9}),
    endpoint("words of 10^9 tokens", "buckets", {"max_tokens": 10**9}),
    endpoint("words of 99 tokens", "fit", {"max_tokens": 99}),
    endpoint("a ridge of its own, one of many", "fit", {"ridge": 0.1234, "bucketing": "pair"}),
    endpoint("a million candidates", "fidelity", {"picture": CAT, "candidates": 10**6}),
    endpoint("1,000 contexts", "fidelity", {"picture": CAT, "contexts": ["a"] * 1_000}),
    endpoint("a context of 1 MB", "fidelity", {"picture": CAT, "contexts": ["word " * 200_000]}),
    endpoint("a context of 999 tokens", "fidelity", {"picture": CAT, "contexts": ["a " * 999]}),
    endpoint("10,000 candidates", "fidelity", {"picture": CAT, "candidates": 10_000, "contexts": ["word " * 300]}),
    Attack("picture of 1 x 64,000,000 points", lambda t: _uploaded(t, "a.png", png(1, 64_000_000), "picture")),
    Attack("picture of 30,000 x 30,000 points", lambda t: _uploaded(t, "a.png", png(30_000, 30_000), "picture")),
    Attack("picture that is a script", lambda t: _uploaded(t, f"{SCRIPT}.png", b"<script>", "picture")),
    Attack("picture of 17 MB", lambda t: _uploaded(t, "a.png", b"\x89PNG" + b"x" * 17_000_000, "picture")),
    Attack("run of nested lists", lambda t: _uploaded(t, "a.json", DEEP.encode(), "run")),
    Attack("run that is none", lambda t: _uploaded(t, "a.json", f'{{"format": "{SCRIPT}"}}'.encode(), "run")),
]  # fmt: skip
