"""``split``, ``buckets`` and ``fit``: the command line's answers, and sentences for what cannot be had."""

from __future__ import annotations

import gradio as gr
import pytest

from fuse_core.analysis.answers.split import split_answer
from fuse_core.library import Library
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models


def test_split_answers_as_the_command_line_does(answers):
    names = ["gpt2-tokenizer", "minilm"]
    [answer] = answers("split", text="A kookaburra laughs", tokenizers=names)
    assert answer == split_answer(tiny_models.shared_library(), "A kookaburra laughs", names, "white space", 4)
    assert answer["words"] == ["A", "kookaburra", "laughs"]


def test_buckets_count_every_word_once(answers):
    answer = answers("buckets", source="gpt2-tokenizer", target="minilm", words=300, max_tokens=16)[-1]
    assert answer["words"] == sum(map(sum, answer["counts"])) == 300


def test_fit_tells_errors_by_bucket(answers, monkeypatch):
    monkeypatch.setattr(Library, "fit_corpus", lambda *_: english(3_000))
    given = {"bucketing": "pair", "max_tokens": 1, "examples": 200}
    answer = answers("fit", source="gpt2-medium", target="clip-vit-base-patch32", **given)[-1]
    assert [(row["i"], row["j"]) for row in answer["buckets"]] == [(1, 1)]
    assert 0 < answer["buckets"][0]["words"] <= 200
    assert answer["heldout_error"] > 0


def test_strangers_cannot_have_an_adapter_for_every_number(answers, monkeypatch):
    """Each is kept for good, in memory and on the disk."""
    monkeypatch.setenv("FUSE_PUBLIC", "1")
    for given in ({"ridge": 0.123}, {"max_tokens": 3}, {"examples": 777}):
        with pytest.raises(gr.Error, match="On this host adapters are fitted as the page fits them, without"):
            answers("fit", **given)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("split", {"text": 7}, "'text' cannot be 7: input should be a valid string."),
        ("split", {"text": "a", "tokenizers": []}, "0 tokenizers are too few"),
        ("split", {"text": "a" * 20_001}, "'text' has 20,001 characters; 20,000 is the most"),
        ("split", {"text": "a", "max_tokens": "many"}, "'max_tokens' cannot be 'many': input should be a"),
        ("split", {"text": "a", "words_by": "guesses"}, "Choose one of: white space"),
        ("buckets", {"source": "nobody"}, "There is no model 'nobody'"),
        ("buckets", {"words": 200_001}, "'words' would be 200,001; 200,000 is the most"),
        ("buckets", {"source": "gpt2-tokenizer", "words": 0}, "must be 1 or more"),
        ("fit", {"bucketing": "all"}, "'bucketing' cannot be 'all': input should be 'both', 'pair' or 'target'"),
        ("fit", {"ridge": "some"}, "'ridge' must be 'auto' or a number"),
        ("fit", {"source": "minilm", "target": "minilm"}, "minilm"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_sentence(answers, name, given, sentence):
    with pytest.raises(gr.Error) as refused:
        answers(name, **given)
    assert sentence in refused.value.message
    assert not refused.value.print_exception


def test_a_fault_of_ours_is_not_quoted(answers, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("/secret/place")

    monkeypatch.setattr("ui.endpoints.split.split_answer", broken)
    with pytest.raises(gr.Error) as refused:
        answers("split", text="a")
    assert refused.value.message == "Something went wrong (RuntimeError). The log has the details."
    assert "/secret/place" in caplog.text
