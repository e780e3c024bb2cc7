"""The examples of docs/programs.md, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fuse_core.common.storage import assets_folder
from tests.fuse_core import tiny_models
from ui.endpoints.endpoint import ENDPOINTS

DOCUMENT = Path(__file__).parents[3] / "docs" / "programs.md"


def test_every_endpoint_is_named():
    assert re.findall(r"^\| `/(\w+)` ", DOCUMENT.read_text("utf-8"), re.MULTILINE) == list(ENDPOINTS)


@pytest.mark.models
def test_the_examples_run(address, library, capsys, monkeypatch):
    tiny_models.shared_library().once(("tokenizer", "smollm2"), lambda: library.tokenizer("smollm2"))
    monkeypatch.chdir(assets_folder().parent)
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    known: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        exec(block.replace("http://127.0.0.1:7860/", address), known)
    printed = capsys.readouterr().out
    assert "minilm [['A'], ['ko', 'oka', 'bu', 'rra'], ['laughs']]" in printed
    assert re.search(r"^2 of 2 \w+", printed, re.MULTILINE)
    assert "0 tokenizers are too few. Name 1 to 6." in printed
    assert len(known["more"]["steps"]) == 3
    assert f"tools: {' '.join(ENDPOINTS)}\n" in printed
    assert f"caption: {known['caption']}\n" in printed
    assert known["run"].startswith(address)
