"""Endpoints as programs meet them: an app that is served behind its gate, and Gradio's own client."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from fuse_core.search.saved_session import SavedSession
from ui.endpoints.endpoint import ENDPOINTS
from ui.kit.texts import ASSETS
from ui.kit.uploads import EXAMPLES

MARKED = {"path": "https://visitor.example/a.png", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def test_every_parameter_has_a_type_and_a_description(client):
    offered = client.view_api(return_format="dict")["named_endpoints"]
    assert [name.strip("/") for name in offered] == list(ENDPOINTS)
    for endpoint in offered.values():
        assert endpoint["description"].endswith(".")
        for value in (*endpoint["parameters"], *endpoint["returns"]):
            assert value["label"].endswith(".")
            assert value["python_type"]["type"] != "Any"


def test_an_answer_and_an_error_reach_a_program(client):
    answer = client.predict(text="A kookaburra", tokenizers=["gpt2-tokenizer", "minilm"], api_name="/split")
    assert answer["words"] == ["A", "kookaburra"]
    with pytest.raises(AppError, match=r"0 tokenizers are too few\. Name 1 to 6\."):
        client.predict(text="A kookaburra", tokenizers=[], api_name="/split")


def test_a_run_is_sent_step_by_step_and_gone_on_with(client):
    few = {"steps": 2, "beams": 1, "candidates": 6}
    job = client.submit(picture=handle_file(str(EXAMPLES / "cat.jpg")), settings=few, api_name="/caption")
    answer, file = job.result()
    steps = [part for part, _ in job.outputs() if "step" in part]
    assert [part["step"] for part in steps] == [1, 2]
    assert [part["text"] for part in steps] == [step["text"] for step in answer["steps"]]
    more, longer = client.predict(run=handle_file(file), settings={"steps": 3}, api_name="/step")
    assert more["steps"][:2] == answer["steps"]
    assert len(SavedSession.parse(Path(longer).read_text("utf-8")).steps) == 4
    assert SavedSession.parse(Path(longer).read_text("utf-8")).picture_name == "cat.jpg"


@pytest.mark.parametrize("mark", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["bare", "marked"])
@pytest.mark.parametrize("field", ["caption", "step"])
def test_no_file_of_the_host_is_opened(address, field, mark):
    name = {"caption": "picture", "step": "run"}[field]
    given = {name: {"path": str(ASSETS / "recorded" / "offline-caption.json"), **mark}}
    event = httpx.post(f"{address}gradio_api/call/v2/{field}", json=given).raise_for_status().json()["event_id"]
    answer = httpx.get(f"{address}gradio_api/call/{field}/{event}").raise_for_status().text
    assert "event: error" in answer
    assert "This file was not uploaded" in answer


def test_no_address_is_fetched_for_a_program(address):
    for given in ({"picture": handle_file("http://visitor.example/a.png")}, {"settings": {"a": [MARKED]}}):
        event = httpx.post(f"{address}gradio_api/call/v2/caption", json=given).raise_for_status().json()["event_id"]
        answer = httpx.get(f"{address}gradio_api/call/caption/{event}").raise_for_status().text
        assert "event: error" in answer
        assert "Nothing is fetched from addresses" in answer


def test_plain_requests_do_without_gradios_client(address):
    given = {"text": "A kookaburra", "tokenizers": ["minilm"]}
    event = httpx.post(f"{address}gradio_api/call/v2/split", json=given).raise_for_status().json()["event_id"]
    answer = httpx.get(f"{address}gradio_api/call/split/{event}").raise_for_status().text
    assert "event: complete" in answer
    assert '"kookaburra"' in answer
    assert httpx.post(f"{address}gradio_api/run/split", json={"data": ["a"]}).is_client_error  # past the queue


@pytest.mark.parametrize("given", [{"data": []}, {}], ids=["of another name", "missing"])
def test_an_argument_that_there_is_not_gets_a_sentence(address, given):
    answer = httpx.post(f"{address}gradio_api/call/v2/split", json=given)
    assert answer.status_code == 422
    assert "argument" in answer.text
    assert answer.text.endswith("docs/programs.md lists the arguments.")
