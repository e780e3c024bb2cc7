"""Requests that are refused before they are read, and what browsers are told with every answer."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.kit.gate import Gate


@pytest.fixture(scope="module")
def client() -> TestClient:
    async def length(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    paths = ("/gradio_api/upload", "/gradio_api/queue/join")
    routes = [Route(path, length, methods=["GET", "POST"]) for path in paths]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(Gate, request_mb=17, public={"split"})]), "http://here:7860"
    )


def test_bodies_are_measured_before_they_are_read(client):
    upload, join = "/gradio_api/upload", "/gradio_api/queue/join"
    assert client.post(upload, content=b"x" * 17_000_000).text == "17000000"
    assert client.post(upload, content=b"x" * 17_000_001).status_code == 413
    assert client.post(join, content=b"x" * 16_000_000).text == "16000000"
    refused = client.post(join, content=b"x" * 16_000_001)
    assert refused.status_code == 413
    assert "larger than 16 MB" in refused.text
    assert client.post(join, content=iter([b"x"])).status_code == 411


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://here:7860", "here:7860", 200),
        ("https://app.example", "app.example", 200),
        ("https://evil.example", "here:7860", 403),
        ("http://here:7861", "here:7860", 403),
        ("null", "here:7860", 403),
    ],
)
def test_pages_of_other_origins_are_not_answered(client, origin, host, status):
    answer = client.get("/gradio_api/upload", headers={"Origin": origin, "Host": host})
    assert answer.status_code == status


def test_handlers_of_the_page_are_not_called_by_name(client):
    for path in ("run/choose_picture", "api/choose_picture/", "call/choose_picture", "call/v2/choose_picture/"):
        answer = client.post(f"/gradio_api/{path}", json={"data": []})
        assert (answer.status_code, "programs cannot call them" in answer.text) == (404, True)
    for path in ("run/predict", "call/split", "call/split/", "call/v2/split", "call/split/an-event"):  # page; programs
        assert client.post(f"/gradio_api/{path}", json={"data": []}).text != answer.text
    for path in ("call/split2", "call/v2", "call/", "call/v2/v2/split"):
        assert client.post(f"/gradio_api/{path}", json={"data": []}).text == answer.text


def test_only_what_the_page_and_programs_need_is_answered(client):
    nothing = "There is nothing at this address."
    others = """dev/reload proxy=http://a.example/x file=http://a.example/x file=%20HTTPS://a.example file=ftp://a/b
        runs process_recording component_server openapi.json run-history/buckets vibe-edit stream/1/2/3/a deep_link
        queue/status custom_component/1/client/component/index.js profiling/traces ../monitoring"""
    for path in others.split():
        assert client.get(f"/gradio_api/{path}").text == nothing
    for path in ("/monitoring", "/docs", "/openapi.json", "/login", "/runs", "/a%0a/gradio_api/info"):
        assert client.get(path).text == nothing
    for path in ("/", "/config", "/assets/a.js", "/healthz", "/gradio_api/heartbeat/abc", "/gradio_api/info"):
        assert client.get(path).text != nothing
    for path in ("file=/tmp/gradio/a.png", "file=C:/a.png", "upload_progress", "queue/data", "cancel", "mcp/http"):
        assert client.get(f"/gradio_api/{path}").text != nothing


def test_a_page_behind_a_proxy_is_its_own(client):
    headers = {"Origin": "https://app.example", "Host": "inner:80", "X-Forwarded-Host": "app.example"}
    assert client.get("/gradio_api/upload", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/nowhere", "/gradio_api/dev/reload"])
def test_every_answer_says_what_browsers_may_do_with_it(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
