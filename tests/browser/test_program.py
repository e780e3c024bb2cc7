"""The real page as a program meets it: Gradio's own client."""

from __future__ import annotations

from gradio_client import Client

from ui.endpoints.endpoint import ENDPOINTS


def test_a_client_finds_the_endpoints_and_is_answered(address):
    client = Client(address, verbose=False)
    assert [name.strip("/") for name in client.view_api(return_format="dict")["named_endpoints"]] == list(ENDPOINTS)
    answer = client.predict(text="A kookaburra", tokenizers=["smollm2", "minilm"], api_name="/split")
    assert answer["words"] == ["A", "kookaburra"]
