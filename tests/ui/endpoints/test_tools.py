"""The endpoints as tools: the protocol's own client against an app that is served behind its gate."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.mcp import GradioMCPServer
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from fuse_core.search.saved_session import SavedSession
from ui.endpoints import tools
from ui.endpoints.endpoint import ENDPOINTS
from ui.kit.texts import ASSETS
from ui.kit.uploads import EXAMPLES

FEW = {"steps": 1, "beams": 1, "candidates": 6}
CAT = "data:image/jpeg;base64," + base64.b64encode((EXAMPLES / "cat.jpg").read_bytes()).decode()
OURS = str(ASSETS / "recorded" / "offline-caption.json")
MARKED = {"path": OURS, "meta": {"_type": "gradio.FileData"}}


@pytest.fixture
def asked(address: str) -> Callable[[Callable[[ClientSession], Awaitable[Any]]], Any]:
    """What a client's question comes to."""

    async def ask(question: Callable[[ClientSession], Awaitable[Any]]) -> Any:
        async with (
            streamable_http_client(f"{address}gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await question(session)

    # In a thread of its own: this process may have a browser's event loop.
    return lambda question: ThreadPoolExecutor(1).submit(asyncio.run, ask(question)).result()


def test_every_endpoint_is_a_tool_whose_arguments_have_types_and_descriptions(asked):
    found = asked(lambda session: session.list_tools()).tools
    assert [tool.name for tool in found] == list(ENDPOINTS)
    for tool in found:
        assert tool.description.endswith(".")
        assert ".," not in tool.description
        for name, argument in tool.inputSchema["properties"].items():
            assert argument["description"].endswith("."), (tool.name, name)
            assert {"type", "enum", "anyOf", "oneOf"} & set(argument)
    text = json.dumps([tool.inputSchema for tool in found])
    assert text.count(tools.ABOUT) == 4  # two pictures, further pictures, a run
    assert "http" not in text


def test_a_tool_answers_as_its_endpoint_does(asked):
    given = {"text": "A kookaburra", "tokenizers": ["gpt2-tokenizer", "minilm"]}
    answer = asked(lambda session: session.call_tool("split", given))
    assert not answer.isError
    assert json.loads(answer.content[0].text)["words"] == ["A", "kookaburra"]
    refused = asked(lambda session: session.call_tool("split", {**given, "tokenizers": []}))
    assert refused.isError
    assert "0 tokenizers are too few. Name 1 to 6." in refused.content[0].text


def test_each_caller_has_a_session_of_its_own(monkeypatch):
    """By the address that reached the server, and the one that a proxy told."""
    made: list[object] = []
    monkeypatch.setattr(tools, "MOST_CALLERS", 2)
    monkeypatch.setattr(GradioMCPServer, "_get_or_create_client", lambda self: self._client_instance or made_anew(made))
    with gr.Blocks() as page:
        pass
    server = tools.Tools(page)

    def of(host: str, proxied: str = "") -> object:
        headers = [(b"x-forwarded-for", proxied.encode())] if proxied else []
        request = Request({"type": "http", "client": (host, 1), "headers": headers})
        monkeypatch.setattr(server, "mcp_server", SimpleNamespace(request_context=SimpleNamespace(request=request)))
        return server._get_or_create_client()

    first = of("10.0.0.1", "forged, 192.0.2.1")
    assert of("10.0.0.1", "other, 192.0.2.1") is first
    assert of("10.0.0.1", "192.0.2.2") is not first
    assert of("10.0.0.1", "192.0.2.1") is first
    of("10.0.0.2")  # one too many: who has not called for longest goes
    assert of("10.0.0.1", "192.0.2.1") is first
    assert len(made) == 3


def made_anew(made: list[object]) -> object:
    made.append(object())
    return made[-1]


def test_a_picture_comes_with_the_call_and_a_run_is_gone_on_with(asked):
    answer, file = asked(lambda session: session.call_tool("caption", {"picture": CAT, "settings": FEW})).content
    assert len(json.loads(answer.text)["steps"]) == 1
    assert len(SavedSession.parse(httpx.get(file.text).text).steps) == 2
    more = asked(lambda session: session.call_tool("step", {"run": file.text, "settings": {"steps": 2}}))
    assert len(json.loads(more.content[0].text)["steps"]) == 2


@pytest.mark.parametrize(
    ("tool", "given", "sentence"),
    [
        ("caption", {"picture": MARKED}, "not valid under any"),
        ("caption", {"picture": OURS}, "This file was not uploaded"),
        ("caption", {"picture": f"http://somewhere/gradio_api/file={OURS}"}, "This file was not uploaded"),
        ("caption", {"picture": CAT, "more_pictures": [MARKED]}, "not of type 'string'"),
        ("caption", {"picture": CAT, "settings": {"prefix": MARKED}}, "A file stands where none is expected"),
        ("caption", {"picture": "data:image/png;base64,====="}, "is empty (0 bytes)"),
        ("caption", {"picture": "data:image/png;base64,a"}, "data: address cannot be read"),
        ("step", {"run": MARKED}, "not of type 'string'"),
        ("step", {"run": OURS}, "This file was not uploaded"),
    ],
)
def test_no_file_of_the_host_is_opened(asked, tool, given, sentence):
    answer = asked(lambda session: session.call_tool(tool, given))
    assert answer.isError
    assert sentence in answer.content[0].text


def test_no_address_is_fetched(asked):
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        theirs.settimeout(0.2)
        url = f"http://127.0.0.1:{theirs.getsockname()[1]}/cat.jpg"
        answer = asked(lambda session: session.call_tool("caption", {"picture": url}))
        with pytest.raises(TimeoutError):
            theirs.accept()
    assert "Nothing is fetched from addresses" in answer.content[0].text


def test_the_gate_holds(address):
    path = f"{address}gradio_api/mcp/"
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert httpx.post(path, json=call, headers={**accept, "Origin": "https://elsewhere.example"}).status_code == 403
    assert httpx.post(path, content=b" " * 17_000_000, headers=accept).status_code == 413
    answer = httpx.post(path, json=call, headers=accept)
    assert answer.status_code == 200
    assert "content-security-policy" in answer.headers
    assert httpx.get(f"{path}schema").json()[0]["name"] == "split"
    assert httpx.get(f"{path}sse").status_code == 404


def test_without_the_package_there_are_no_tools_and_no_error(monkeypatch):
    monkeypatch.setattr(tools, "find_spec", lambda name: None)
    with gr.Blocks() as page:
        pass
    assert tools.tools_of(page) is None
    assert page.mcp_server_obj is None
    answer = TestClient(Starlette(routes=[tools.NO_TOOLS])).get(f"{tools.PATH}/schema")
    assert answer.status_code == 304  # no error to a browser, and no list either
