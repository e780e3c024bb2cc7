from __future__ import annotations

import logging

import pytest
import torch

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.common.errors import UserError
from fuse_core.models import sentiment
from fuse_core.models.sentiment import LexiconSentiment, load_lexicon_sentiment
from fuse_core.models.sentiment_head import ValenceHead
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

TEXTS = ["a happy cat", "a very sad dog in the rain", "", "two cats"]
LEXICON = "good\t2.0\nbad\t-2.0\nawful\t-3.1\nnice\t1.8"


@pytest.fixture(scope="module")
def model() -> LexiconSentiment:
    weight = torch.randn(16, generator=torch.Generator().manual_seed(2))
    return LexiconSentiment("tiny", tiny_models.sentence_encoder(), ValenceHead(weight, 0.25, 1.5, 1.0, 9, 1, 2, 0.9))


def test_labels_get_logistic_probabilities_of_the_valence(model):
    ids = model.tokenizer.encode_batch(TEXTS)
    valences = model.encoder.encode_ids(ids) @ model.head.weight + 0.25
    torch.testing.assert_close(model.valences(TEXTS), valences)
    expected = torch.stack([torch.sigmoid(-1.5 * valences), torch.sigmoid(1.5 * valences)], 1)
    torch.testing.assert_close(model.encode_ids(ids).exp(), expected)
    assert model.labels == ("negative", "positive")


def test_embeddings_give_what_their_ids_give(model):
    ids = model.tokenizer.encode_batch(TEXTS)
    sequences = [model.embedding_table[torch.tensor(row, dtype=torch.long)] for row in ids]
    torch.testing.assert_close(model.encode_embeddings(sequences), model.encode_ids(ids), atol=1e-5, rtol=1e-5)


def test_it_reads_with_its_encoders_tokenizer_and_embeddings(model):
    assert model.tokenizer is model.encoder.tokenizer
    assert model.embedding_table is model.encoder.embedding_table
    assert model.max_length == model.encoder.max_length
    assert model.to(torch.device("cpu")) is model


@pytest.fixture
def lexicon(monkeypatch, tmp_path):
    """Four words in place of VADER's; one of them kept back."""
    path = tmp_path / "lexicon.txt"
    path.write_text(LEXICON, "utf-8")
    monkeypatch.setattr(sentiment, "lexicon_file", lambda: path)
    monkeypatch.setattr(sentiment, "heldout", lambda words: torch.tensor([word == "nice" for word in words]))
    monkeypatch.setattr(sentiment, "neutral_texts", lambda: ["a cat", "a rocket"])
    return path


class TestLoading:
    def test_a_head_is_fitted_once_and_kept(self, lexicon, tmp_path, monkeypatch):
        fits = record_calls(monkeypatch, sentiment, "fit_valence")
        encoder = tiny_models.sentence_encoder()
        first, again = (load_lexicon_sentiment("tiny", encoder, ArtefactStore(tmp_path)) for _ in range(2))
        assert len(fits) == 1
        assert torch.equal(first.head.weight, again.head.weight)
        assert first.head.bias == again.head.bias
        assert (again.head.words, again.head.heldout_words, again.head.neutral) == (3, 1, 2)
        assert again.head.accuracy == first.head.accuracy

    def test_another_lexicon_or_encoder_is_another_head(self, lexicon, tmp_path, monkeypatch):
        fits = record_calls(monkeypatch, sentiment, "fit_valence")
        load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(), ArtefactStore(tmp_path))
        load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(seed=1), ArtefactStore(tmp_path))
        lexicon.write_text(LEXICON + "\nfine\t0.8", "utf-8")
        load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(), ArtefactStore(tmp_path))
        monkeypatch.setattr(sentiment, "neutral_texts", lambda: ["a dog"])
        load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(), ArtefactStore(tmp_path))
        assert len(fits) == 4

    def test_a_damaged_file_is_fitted_again_with_a_warning(self, lexicon, tmp_path, caplog):
        encoder, store = tiny_models.sentence_encoder(), ArtefactStore(tmp_path)
        load_lexicon_sentiment("tiny", encoder, store)
        (path,) = (tmp_path / "heads").glob("*/head.safetensors")
        path.write_bytes(path.read_bytes()[:40])
        assert load_lexicon_sentiment("tiny", encoder, store).head.words == 3
        assert "is damaged and is made again" in caplog.text
        caplog.clear()
        load_lexicon_sentiment("tiny", encoder, store)
        assert not caplog.records

    def test_its_accuracy_can_be_had_without_it(self, lexicon, tmp_path):
        store = ArtefactStore(tmp_path)
        head = load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(), store).head
        assert store.about("heads", "tiny") == {"heldout_accuracy": head.accuracy, "heldout_words": 1}

    def test_a_cache_that_cannot_be_written_costs_a_warning_only(self, lexicon, tmp_path, caplog):
        (tmp_path / "file").write_text("no folder")
        assert (
            load_lexicon_sentiment("tiny", tiny_models.sentence_encoder(), ArtefactStore(tmp_path / "file")).head.words
            == 3
        )
        (warning,) = [r for r in caplog.records if r.levelno == logging.WARNING]
        assert "used from memory" in warning.getMessage()

    def test_without_the_lexicons_wheel_it_says_what_to_install(self, tmp_path, monkeypatch):
        encoder = tiny_models.sentence_encoder()
        monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
        with pytest.raises(UserError, match=r"'vaderSentiment' is not installed\. Run 'pip install --no-deps"):
            load_lexicon_sentiment("tiny", encoder, ArtefactStore(tmp_path))
