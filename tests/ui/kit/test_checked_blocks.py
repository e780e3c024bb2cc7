"""What clients send is looked at before Gradio follows it."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.kit.checked_blocks import LONGEST, MISFIT, CheckedBlocks, answer_to_full_disk
from ui.kit.uploads import FilesInput, PictureInput

NAMED = {"path": "http://visitor.example/a.png", "meta": {"_type": "gradio.FileData"}}
SECURE = {**NAMED, "path": "https://visitor.example/a.png", "url": "https://visitor.example/a.png"}
COMPONENTS = [gr.Textbox, PictureInput, lambda: FilesInput(file_count="multiple"), gr.BrowserState, gr.Gallery, gr.JSON]


@pytest.fixture
def requests(monkeypatch) -> list[str]:
    """The hosts that were asked, or looked up."""
    asked: list[str] = []

    async def send(self, request, **_):
        asked.append(request.url.host)
        raise httpx.ConnectError("no net")

    def resolve(host, *_, **__):
        asked.append(host)
        raise OSError

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def preprocessed(app: gr.Blocks, value: Any) -> list[Any]:
    """A request's way to a handler; in a thread of its own, where no loop of another test runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(app.preprocess_data(app.fns[0], [value], None))).result()


def app_of(kind: type[gr.Blocks], make) -> gr.Blocks:
    with kind(analytics_enabled=False) as app:
        component = make()
        app.load(lambda value: None, component)
    return app


def test_gradio_alone_asks_for_what_an_address_names(requests):
    """Else this file would test nothing."""
    with suppress(Exception):  # whatever comes of it
        preprocessed(app_of(gr.Blocks, PictureInput), NAMED)
    assert requests  # of whoever resolves the name


@pytest.mark.parametrize("make", COMPONENTS)
@pytest.mark.parametrize("nested", [lambda f: f, lambda f: [f], lambda f: {"a": [{"image": f}]}, lambda f: {"path": f}])
def test_no_address_is_asked_in_any_field_however_deep(requests, make, nested):
    for file in (NAMED, SECURE):
        with pytest.raises(gr.Error, match="Nothing is fetched from addresses"):
            preprocessed(app_of(CheckedBlocks, make), nested(file))
    assert requests == []


def test_no_text_is_longer_than_its_field_lets_a_browser_type():
    app = app_of(CheckedBlocks, lambda: gr.Textbox(label="Sentence", max_length=300))
    assert preprocessed(app, "x" * 300) == ["x" * 300]
    with pytest.raises(gr.Error, match=r"'Sentence' has 301 characters; 300 is the most\. Shorten it\."):
        preprocessed(app, "x" * 301)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1e999"])
def test_numbers_that_json_does_not_have_are_refused(number):
    for text in (number, f'{{"a": [0, {number}]}}'):
        with pytest.raises(gr.Error, match="infinite, or none at all"):
            preprocessed(app_of(CheckedBlocks, gr.Number), json.loads(text))


def test_what_a_page_sends_comes_through(page):
    assert isinstance(page, CheckedBlocks)
    app = app_of(CheckedBlocks, gr.Textbox)
    for value in ("http://an.example of text", "", "{'path': 'http://x'}"):
        assert preprocessed(app, value) == [value]
    number = app_of(CheckedBlocks, gr.Number)
    assert preprocessed(number, 1e300) == [1e300]


MISFITS = [
    (lambda: gr.Dropdown(["a"]), [[]], "list of choices"),
    (lambda: gr.Dropdown(["a"]), "<b>x", "Value: &lt;b&gt;x "),
    (lambda: gr.Dropdown(["a"]), "x" * 1_000, "Value: x+ … x* .*list of choices"),
    (lambda: gr.Slider(0, 1), {"a": {}}, MISFIT),
    (lambda: gr.Number(precision=0), "many", MISFIT),
    (lambda: FilesInput(file_count="multiple"), "text", MISFIT),
    (PictureInput, True, MISFIT),
]


@pytest.mark.parametrize(("make", "value", "said"), MISFITS, ids=range(len(MISFITS)))
def test_a_value_of_another_kind_than_its_fields_is_a_short_sentence_and_no_traceback(make, value, said):
    with pytest.raises(gr.Error, match=said) as told:
        preprocessed(app_of(CheckedBlocks, make), value)
    assert not told.value.print_exception  # by which Gradio prints one
    assert len(told.value.message) <= LONGEST


def test_too_few_values_are_refused_as_well():
    app = app_of(CheckedBlocks, gr.Textbox)
    with ThreadPoolExecutor(1) as thread, pytest.raises(gr.Error, match=MISFIT):
        thread.submit(lambda: asyncio.run(app.preprocess_data(app.fns[0], [], None))).result()


def test_a_handler_that_fails_says_so_and_the_log_has_where(caplog):
    with CheckedBlocks(analytics_enabled=False) as app:
        app.load(lambda: 1 // 0, None, gr.Textbox())
    with ThreadPoolExecutor(1) as thread, pytest.raises(gr.Error, match=r"Something went wrong \(ZeroDivision") as told:
        thread.submit(lambda: asyncio.run(app.process_api(0, []))).result()
    assert not told.value.print_exception
    [record] = caplog.records
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_a_full_disk_is_told_wherever_gradio_meets_it(monkeypatch):
    """Before and after a handler, where it writes files, and in a request of its own, such as an upload."""

    with CheckedBlocks(analytics_enabled=False) as app:
        gr.Button().click(lambda: "x", None, box := gr.Textbox())

    def postprocess(value):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(box, "postprocess", postprocess)
    with ThreadPoolExecutor(1) as thread, pytest.raises(gr.Error) as told:
        thread.submit(lambda: asyncio.run(app.process_api(0, []))).result()
    assert told.value.message.startswith("The disk takes no more files (no space left on device). Try")

    server = Starlette(exception_handlers={OSError: answer_to_full_disk})
    for path, error in (("/full", OSError(errno.EDQUOT, "Disk quota exceeded")), ("/other", OSError(errno.EIO, "x"))):

        def upload(request, error=error):
            raise error

        server.add_route(path, upload)
    client = TestClient(server, raise_server_exceptions=False)
    assert client.get("/full").status_code == 507
    assert "takes no more files (disk quota exceeded)" in client.get("/full").text
    assert client.get("/other").status_code == 500
