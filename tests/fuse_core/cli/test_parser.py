"""The command line's contract: one JSON object on stdout, errors in one sentence with exit code 2."""

from __future__ import annotations

import json

import pytest

from fuse_core.cli.parser import main
from fuse_core.models import catalog


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    """What a command prints with --json."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_models_lists_the_catalog(capsys):
    models = {m["key"]: m for m in answer(capsys, "models")["models"]}
    assert set(models) == {e.key for e in catalog.entries()}
    assert models["smollm2"]["present"]
    assert models["minilm"]["present"]


def test_buckets_of_the_papers_tokenizers(capsys):
    found = answer(capsys, "buckets", "--source", "gpt2-tokenizer", "--target", "clip-tokenizer", "--words", "2000")
    counts = found["counts"]
    assert [len(row) for row in counts] == [4] * 4
    assert sum(map(sum, counts)) <= 2000
    assert counts[0][0] > 1000  # most frequent words are one token to both
    for side in ("source", "target"):
        assert set(found["coverage"][side]) == {"by_occurrence", "by_word"}
        assert 0.9 < found["coverage"][side]["by_word"] <= 1
    assert found["seconds"] >= 0


def test_a_table_for_people(capsys):
    assert main(["buckets", "--source", "gpt2-tokenizer", "--target", "clip-tokenizer", "--words", "500"]) == 0
    assert "of 500 distinct words" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["buckets", "--source", "nope", "--target", "minilm"], "There is no model 'nope'"),
        (["buckets", "--source", "minilm", "--target", "minilm", "--words", "0"], "must be 1 or more"),
        (["buckets", "--source", "minilm", "--target", "minilm", "--max-tokens", "0"], "--max-tokens must be"),
        (["fit", "--source", "smollm2", "--target", "clip-tokenizer"], "without embeddings"),
        (["fit", "--source", "smollm2", "--target", "minilm", "--ridge", "much"], "--ridge must be"),
        (["fit", "--source", "smollm2", "--target", "minilm", "--max-tokens", "9"], "1 to 8 tokens"),
        (["caption", "no-such-file.jpg"], "no picture or folder"),
        (["caption", "README.md", "--beams", "0"], "--beams must be"),
        (["caption", "README.md", "--preset", "nope"], "no preset 'nope'"),
        (["caption", "README.md"], "is not a picture"),
        (["caption", "README.md", "--config", "no-such.json"], "The file 'no-such.json' could not be read"),
        (["caption", "README.md", "--config", "README.md"], "The file 'README.md' is no JSON"),
        (["caption", "README.md", "--sentiment-weight", "2"], "--sentiment-weight is given, but no sentiment"),
        (
            ["caption", "README.md", "--sentiment", "positive", "--sentiment-weight", "-1"],
            "--sentiment-weight must",
        ),
        (["fidelity", "--candidates", "10"], "--candidates must be more than"),
        (["fidelity", "--images", "no-such-folder"], "no folder"),
    ],
)
def test_errors_are_one_sentence_and_exit_code_2(capsys, arguments, sentence):
    assert main([*arguments, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert sentence in last


@pytest.mark.parametrize(
    ("script", "name"),
    [("bin/fuse", "fuse"), ("fuse.exe", "fuse"), ("fuse_core/__main__.py", "python -m fuse_core")],
)
def test_help_calls_the_program_as_its_user_did(capsys, monkeypatch, script, name):
    monkeypatch.setattr("sys.argv", [script])
    for arguments in ([], ["fit"]):
        with pytest.raises(SystemExit):
            main([*arguments, "--help"])
        assert capsys.readouterr().out.startswith(" ".join(["usage:", name, *arguments, "["]))


def test_an_unknown_command_exits_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["dance"])
    assert stop.value.code == 2
