from __future__ import annotations

import json

import pytest
import torch

from fuse_core.common.artefacts import ENTRY, ArtefactStore
from fuse_core.models import readings
from fuse_core.models.readings import kept_readings, read_texts
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

TEXTS = ["a cat", "two dogs in the rain", "", "a rocket"]


@pytest.fixture(scope="module")
def model():
    return tiny_models.sentence_encoder()


def test_a_reading_is_the_models_of_each_text(model):
    expected = model.encode_ids(model.tokenizer.encode_batch(TEXTS))
    torch.testing.assert_close(read_texts(model, TEXTS), expected)


def test_progress_rises(model, monkeypatch):
    monkeypatch.setattr(readings, "CHUNK", 1)
    said = []
    read_texts(model, TEXTS, lambda share, what: said.append((share, what)), "words")
    assert [share for share, _ in said] == [0, 0.25, 0.5, 0.75]
    assert said[0][1] == "Reading 4 words with tiny-bert, once"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_they_are_the_same_the_first_time_and_later(model, tmp_path, monkeypatch, dtype):
    store = ArtefactStore(tmp_path)
    first = kept_readings(store, "kind", model, TEXTS, dtype)
    encoded = record_calls(monkeypatch, model, "encode_ids")
    again = kept_readings(store, "kind", model, TEXTS, dtype)
    assert encoded == []
    assert torch.equal(first, again)
    assert first.dtype == model.embedding_table.dtype
    assert torch.equal(first, first.to(dtype).float())


def test_other_texts_weights_or_precision_are_other_readings(model, tmp_path):
    store, other = ArtefactStore(tmp_path), tiny_models.sentence_encoder(seed=1)
    for reader, texts, dtype in (
        (model, TEXTS, torch.float32),
        (model, TEXTS[::-1], torch.float32),
        (model, ["a cat two dogs in the rain", *TEXTS[2:]], torch.float32),
        (model, TEXTS, torch.float16),
        (other, TEXTS, torch.float32),
    ):
        found = kept_readings(store, "kind", reader, texts, dtype)
        torch.testing.assert_close(found, read_texts(reader, texts), atol=1e-3, rtol=0)
    assert len(list((tmp_path / "kind").iterdir())) == 5


def test_a_file_of_fewer_rows_is_not_used(model, tmp_path, caplog):
    store = ArtefactStore(tmp_path)
    kept_readings(store, "kind", model, TEXTS)
    (path,) = (tmp_path / "kind").glob("*/*.safetensors")
    kept_readings(ArtefactStore(tmp_path / "other"), "kind", model, TEXTS[:2])
    (shorter,) = (tmp_path / "other" / "kind").glob("*/*.safetensors")
    path.write_bytes(shorter.read_bytes())
    entry = path.with_name(ENTRY)
    entry.write_text(json.dumps(json.loads(entry.read_text("utf-8")) | {"sha256": {}}), "utf-8")
    torch.testing.assert_close(kept_readings(store, "kind", model, TEXTS), read_texts(model, TEXTS))
    assert "it holds 2 rows" in caplog.text
