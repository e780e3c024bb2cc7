from __future__ import annotations

import logging

import pytest
import torch

from fuse_core.library import Library
from fuse_core.search import word_table as module
from fuse_core.search.word_table import TEMPLATE, caption_words, encode_words, word_table
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
        (alone,) = model.encode_ids(model.tokenizer.encode_batch([TEMPLATE.format(word)]))
        torch.testing.assert_close(table.vectors[k], alone, atol=1e-5, rtol=1e-4)
    assert table.rows == {"the": 0, "cat": 1, "cheetah": 2, "espresso": 3}


def test_it_is_computed_once_and_kept_in_the_cache_folder(tmp_path, monkeypatch):
    first = word_table(library(tmp_path), KEY)
    again = library(tmp_path)
    encoded = record_calls(monkeypatch, again.image_text(KEY), "encode_ids")
    monkeypatch.setattr(module, "PROBES", 2)
    table = word_table(again, KEY)
    assert sum(len(ids) for (ids,) in encoded) == 2  # the probes
    torch.testing.assert_close(table.vectors, first.vectors, atol=1e-3, rtol=0)
    assert word_table(again, KEY) is table


@pytest.mark.parametrize("damage", ["bytes", "model"])
def test_a_damaged_table_or_one_of_another_model_is_made_again(tmp_path, caplog, damage):
    old = library(tmp_path, seed=1 if damage == "model" else 0)
    word_table(old, KEY)
    (path,) = (tmp_path / "words").iterdir()
    if damage == "bytes":
        path.write_bytes(b"no table")
    held = library(tmp_path)
    with caplog.at_level(logging.WARNING):
        table = word_table(held, KEY)
    assert "made again" in caplog.text
    torch.testing.assert_close(table.vectors, encode_words(held.image_text(KEY), FEW))


def test_a_cache_folder_that_cannot_be_written_costs_a_warning(tmp_path, caplog):
    (tmp_path / "words").write_text("a file in the way")
    table = word_table(library(tmp_path), KEY)
    assert table.vectors.shape == (4, 12)
    assert "made again next time" in caplog.text


def test_progress_rises(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 1)
    said = []
    encode_words(tiny_models.clip(), FEW, lambda share, what: said.append((share, what)))
    assert [share for share, _ in said] == [0, 0.25, 0.5, 0.75]
    assert said[0][1] == "Reading 4 words with tiny-clip, once"
