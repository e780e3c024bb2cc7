"""``split``: one text under several tokenizers."""

from __future__ import annotations

import pytest

from fuse_core.cli.parser import main
from tests.fuse_core.builders import tokenizer
from tests.fuse_core.cli.test_parser import answer


def test_one_text_under_tokenizers_of_the_catalog_and_of_a_file(capsys, tmp_path):
    own = tmp_path / "mine.json"
    own.write_text(tokenizer("byte-level").backend.to_str(), "utf-8")
    found = answer(capsys, "split", "A cheetah naps. \udcff", "--with", "gpt2-tokenizer", "minilm", str(own))
    assert found["words"] == ["A", "cheetah", "naps.", "?"]
    assert [one["tokenizer"] for one in found["tokenizers"]] == ["gpt2-tokenizer", "minilm", str(own)]
    gpt2, minilm, _ = found["tokenizers"]
    assert gpt2["split"] == [["A"], [" che", "et", "ah"], [" n", "aps", "."], [" ?"]]
    assert (gpt2["tokens"], gpt2["longest"], gpt2["covered"], gpt2["characters_per_token"]) == (8, 3, 1, 17 / 8)
    assert minilm["cut_differently"] == 2
    assert main(["split", "A cheetah naps.", "--with", "gpt2-tokenizer", "minilm", "--max-tokens", "2"]) == 0
    table = capsys.readouterr().out
    assert "33.3%" in table
    assert "che | et | ah" in table


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--with", *["minilm"] * 7], "7 tokenizers are too many. Name 1 to 6."),
        (["--words", "guesses"], "'guesses' tells no words. Choose one of: white space, icu, jieba."),
        (["--max-tokens", "0"], "--max-tokens must be 1 or more"),
        (["--with", "nope"], "There is no model 'nope'"),
        (["--with", "README.md"], "'README.md' is no tokenizer: line 1"),
    ],
)
def test_a_bad_option_is_one_sentence(capsys, arguments, sentence):
    assert main(["split", "text", *arguments]) == 2
    assert sentence in capsys.readouterr().err
