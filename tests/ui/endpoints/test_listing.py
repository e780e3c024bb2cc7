"""What Gradio's clients are told of the whole page."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.endpoints.endpoint import ENDPOINTS
from ui.endpoints.listing import PATH, listing


def test_programs_find_every_value_of_every_endpoint_and_no_handler_of_the_page(page, monkeypatch):
    monkeypatch.setattr(page, "config", page.get_config_file(), raising=False)
    told = TestClient(Starlette(routes=[listing(page)])).get(PATH).json()
    assert [function["api_name"] for function in told["dependencies"]] == list(ENDPOINTS)
    values = {block["id"] for block in told["components"]}
    assert {block for f in told["dependencies"] for block in (*f["inputs"], *f["outputs"])} == values
