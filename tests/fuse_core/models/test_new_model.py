"""To add a model is to add a file: the command line, the library and the page find it."""

from __future__ import annotations

import json
import sys

import gradio as gr
import pytest

from fuse_core.cli.parser import main
from fuse_core.library import Library
from fuse_core.models import known
from ui.analyse import pair

FILE = """
from fuse_core.models.entry import Entry

def _load(entry, models):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    from fuse_core.words.tokenizer import WordTokenizer

    backend = Tokenizer(WordLevel({"[UNK]": 0, "a": 1, "cat": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = Whitespace()
    return WordTokenizer(entry.key, backend)

ENTRY = Entry(
    key="three-words",
    title="Three words",
    family="whole words",
    licence="none",
    origin="a test",
    tokenizer=_load,
)
"""


@pytest.fixture(autouse=True)
def new_file(tmp_path, monkeypatch):
    """A file beside those of the product."""
    (tmp_path / "three_words.py").write_text(FILE)
    monkeypatch.setattr(known, "__path__", [*known.__path__, str(tmp_path)])
    yield
    sys.modules.pop(f"{known.__name__}.three_words", None)


def test_the_command_line_lists_it_and_takes_it(capsys):
    assert main(["models", "--json"]) == 0
    listed = {m["key"]: m for m in json.loads(capsys.readouterr().out)["models"]}
    assert listed["three-words"]["roles"] == ["tokenizer"]
    assert listed["three-words"]["present"]
    assert main(["buckets", "--source", "three-words", "--target", "minilm", "--words", "5000", "--json"]) == 0
    assert sum(map(sum, json.loads(capsys.readouterr().out)["counts"])) == 2


def test_the_library_loads_it(tmp_path):
    library = Library(tmp_path)
    assert library.tokenizer("three-words").encode("a cat sat") == [1, 2, 0]
    assert library.tokenizer("three-words") is library.tokenizer("three-words")


def test_the_page_offers_it():
    with gr.Blocks():
        built = pair.build()
    for dropdown in built.inputs:
        assert ("Three words (whole words, no model)", "three-words") in dropdown.choices
