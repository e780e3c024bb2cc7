from __future__ import annotations

import logging

import pytest
import torch

from fuse_core.library import Library
from fuse_core.models.readings import read_texts
from fuse_core.models.sentiment import LexiconSentiment
from fuse_core.models.sentiment_head import ValenceHead
from fuse_core.search import word_table as module
from fuse_core.search.word_table import TEMPLATE, caption_texts, caption_words, word_table
from fuse_core.words.corpus import Corpus
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

FEW = Corpus("few", ("the", "cat", "cheetah", "espresso"), (0.05, 1e-4, 1e-6, 1e-6))
KEY = "clip-vit-base-patch32"


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(module, "caption_words", lambda: FEW)


def library(folder, seed: int = 0) -> Library:
    """A library that holds a tiny CLIP and no table yet."""
    held = Library(folder)
    held.once(("image-text", KEY), lambda: tiny_models.clip(KEY, seed))
    return held


def test_the_words_are_lower_case_letters_by_frequency():
    words = caption_words(5000)
    assert len(words.words) == len(words.weights) == 5000
    assert all(w.isascii() and w.isalpha() and w == w.lower() for w in words.words)
    assert list(words.weights) == sorted(words.weights, reverse=True)
    assert {w for w in words.words if len(w) == 1} == {"a", "i"}


def test_a_row_is_the_unit_vector_of_its_word_in_a_caption(tmp_path):
    held = library(tmp_path)
    model, table = held.image_text(KEY), word_table(held, KEY)
    for k, word in enumerate(FEW.words):
        (alone,) = read_texts(model, [TEMPLATE.format(word)])
        torch.testing.assert_close(table.vectors[k], alone, atol=1e-3, rtol=0)
    assert table.rows == {"the": 0, "cat": 1, "cheetah": 2, "espresso": 3}


def test_it_is_computed_once_and_kept_in_the_cache_folder(tmp_path, monkeypatch):
    first = word_table(library(tmp_path), KEY)
    again = library(tmp_path)
    encoded = record_calls(monkeypatch, again.image_text(KEY), "encode_ids")
    table = word_table(again, KEY)
    assert encoded == []
    assert torch.equal(table.vectors, first.vectors)
    assert word_table(again, KEY) is table


def test_a_model_of_other_weights_has_a_table_of_its_own(tmp_path):
    tables = [word_table(library(tmp_path, seed), KEY).vectors for seed in (0, 1, 0)]
    assert torch.equal(tables[0], tables[2])
    assert not torch.allclose(tables[0], tables[1], atol=0.01)
    assert len(list((tmp_path / "words").iterdir())) == 2


def test_other_words_have_a_table_of_their_own(tmp_path, monkeypatch):
    word_table(library(tmp_path), KEY)
    monkeypatch.setattr(module, "caption_words", lambda: Corpus(FEW.name, FEW.words[::-1], FEW.weights[::-1]))
    held = library(tmp_path)
    expected = read_texts(held.image_text(KEY), caption_texts(module.caption_words()))
    torch.testing.assert_close(word_table(held, KEY).vectors.cpu(), expected.cpu(), atol=1e-3, rtol=0)


def test_a_damaged_table_is_made_again(tmp_path, caplog):
    first = word_table(library(tmp_path), KEY)
    (path,) = (tmp_path / "words").glob("*/*.safetensors")
    path.write_bytes(b"no table")
    with caplog.at_level(logging.WARNING):
        table = word_table(library(tmp_path), KEY)
    assert "made again" in caplog.text
    assert torch.equal(table.vectors, first.vectors)


def test_a_cache_folder_that_cannot_be_written_costs_a_warning(tmp_path, caplog):
    (tmp_path / "words").write_text("a file in the way")
    table = word_table(library(tmp_path), KEY)
    assert table.vectors.shape == (4, 12)
    assert "made again next time" in caplog.text


def test_a_model_that_reads_anothers_vectors_reads_its_table(tmp_path, monkeypatch):
    encoder = tiny_models.sentence_encoder()
    head = ValenceHead(torch.randn(encoder.width), 0.25, 1.5, 1.0, 9, 1, 2, 0.9)
    centred = tiny_models.centred()
    readers = {"minilm-sentiment": LexiconSentiment("s", encoder, head), "minilm-centred": centred}
    centred.encoder = encoder
    held = Library(tmp_path)
    held.once(("text-encoder", "minilm"), lambda: encoder)
    held.once(("classifier", "minilm-sentiment"), lambda: readers["minilm-sentiment"])
    held.once(("text-encoder", "minilm-centred"), lambda: centred)
    encoded = record_calls(monkeypatch, encoder, "encode_ids")
    tables = {key: word_table(held, key).vectors for key in readers}
    assert len(encoded) == 1
    for key, table in tables.items():
        expected = read_texts(readers[key], caption_texts(FEW))
        torch.testing.assert_close(table, expected, atol=2e-3, rtol=2e-3)
    assert len(list((tmp_path / "words").iterdir())) == 1
